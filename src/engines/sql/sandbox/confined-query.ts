import { join } from 'node:path';
import { preparedColumns } from '../duckdb/parquet-copy.js';
import { QueryScope } from '../duckdb/query-scope.js';
import { ChunkReader, typeName } from '../duckdb/result-chunk.js';
import { quoteText } from '../duckdb/sql-text.js';
import { castList, replaced, type Replacement, type ResultColumn, storable } from '../formats/column-casts.js';
import { SqlError } from '../sql.errors.js';
import type { Chunk, Column, Query, Relation } from '../sql.port.js';
import { Cell, type CellLimits } from './cell.js';
import { type ArrowPart, RESULT_FILE, type Selection } from './sandbox-messages.js';

/** One SELECT in a DuckDB of its own, which can open the files of its tables and nothing else, and whose settings are locked. */
export class ConfinedQuery {
  private constructor(
    /** The SELECT as it may stand in brackets. */
    private readonly sql: string,
    readonly columns: readonly Column[],
    private readonly scope: QueryScope,
    private readonly folder: string,
  ) {}

  /** @throws {SqlError} {@link SqlForbiddenError} {@link SqlMemoryError} {@link SqlResourcesError} */
  static async open(query: Query, limits: CellLimits, folder: string): Promise<ConfinedQuery> {
    const cell = await Cell.open(limits, folder);
    const scope = await QueryScope.open(cell.session, query);
    scope.call(folder, 'the folder for temporary files');
    await cell.lock([...filesOf(query.tables), join(folder, RESULT_FILE)]);
    const columns = (await columnsOf(scope, query.sql)).map(({ name, type }) => ({ name, type: typeName(type) }));
    return new ConfinedQuery(await scope.bareSql(), columns, scope, folder);
  }

  async *read(selection: Selection): AsyncGenerator<Chunk> {
    const { sql, offset } = this.statement(selection);
    const result = await this.scope.run((connection) => connection.stream(sql), offset);
    const reader = new ChunkReader(result);
    for (;;) {
      const chunk = await this.scope.run(() => result.fetchChunk(), offset);
      if (!chunk || chunk.rowCount === 0) return;
      yield reader.read(chunk);
    }
  }

  /** @returns how many rows stand in the file that was written */
  async writeParquet(selection: Selection): Promise<number> {
    const { sql, offset } = await this.castStatement(selection, storable);
    const before = 'COPY (\n';
    const copy = `${before}${sql}\n) TO ${quoteText(join(this.folder, RESULT_FILE))} (FORMAT parquet, COMPRESSION zstd)`;
    const result = await this.scope.run((connection) => connection.run(copy), Buffer.byteLength(before) + offset);
    const [[rows]] = await result.getRows();
    return Number(rows);
  }

  /** The rows as a stream of Arrow's IPC format, in parts; the library for it is loaded here and nowhere else. */
  async *arrow(selection: Selection): AsyncGenerator<ArrowPart> {
    const [{ arrowable }, { arrowStream }] = await Promise.all([
      import('../formats/arrow-columns.js'),
      import('../formats/arrow-stream.js'),
    ]);
    const { sql, offset, columns } = await this.castStatement(selection, arrowable);
    const result = await this.scope.run((connection) => connection.stream(sql), offset);
    yield* arrowStream(columns, () => this.scope.run(() => result.fetchChunk(), offset));
  }

  /** The same rows with columns of types that a format has. */
  private async castStatement(selection: Selection, replacement: Replacement): Promise<Statement & { columns: ResultColumn[] }> {
    const { sql, offset } = this.statement(selection);
    const given = await columnsOf(this.scope, sql, offset);
    const casts = castList(given, replacement);
    if (casts === undefined) return { sql, offset, columns: given };
    const before = `SELECT ${casts} FROM (\n`;
    const columns = given.map(({ name, type }) => ({ name, type: replaced(type, replacement) }));
    return { sql: `${before}${sql}\n)`, offset: Buffer.byteLength(before) + offset, columns };
  }

  private statement({ select = '*', limit }: Selection): Statement {
    const before = `SELECT ${select} FROM (\n`;
    const after = limit === undefined ? '\n)' : `\n) LIMIT ${limit}`;
    return { sql: `${before}${this.sql}${after}`, offset: Buffer.byteLength(before) };
  }
}

interface Statement {
  readonly sql: string;
  /** Where the SELECT of the query begins in it, in bytes. */
  readonly offset: number;
}

const filesOf = (tables: Query['tables'] = {}): string[] =>
  Object.values(tables).flatMap((relation: Relation) =>
    relation.format === 'view' ? filesOf(relation.query.tables) : relation.files,
  );

async function columnsOf(scope: QueryScope, sql: string, offset = 0): Promise<ResultColumn[]> {
  const prepared = await scope.run((connection) => connection.prepare(sql), offset);
  try {
    if (prepared.parameterCount > 0) {
      throw new SqlError('There are no values for the parameters of this SELECT: write the values in their places.');
    }
    return preparedColumns(prepared) ?? [];
  } finally {
    prepared.destroySync();
  }
}
