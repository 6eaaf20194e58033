import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { preparedColumns } from '../duckdb/parquet-copy.js';
import { QueryScope } from '../duckdb/query-scope.js';
import { ChunkReader, typeName } from '../duckdb/result-chunk.js';
import { quoteText } from '../duckdb/sql-text.js';
import { SqlError, SqlMemoryError, SqlTooLargeError } from '../sql.errors.js';
import type { Chunk, Column, Query, Relation } from '../sql.port.js';
import { Cell, type SandboxLimits } from './cell.js';

/** Of the rows of a result. */
export interface Selection {
  /** Expressions over the columns by their place: `#1, upper(#2)`; all columns when absent. */
  readonly select?: string;
  /** Rows at most; all when absent. */
  readonly limit?: number;
}

const RESULT_FILE = 'result.parquet';
const LOOK_AT_DISK_MS = 100;

/**
 * One SELECT in a DuckDB of its own, which can open the files of its tables and nothing else of this machine, and whose
 * settings are locked. It holds memory and a folder until it is closed.
 */
export class SandboxedQuery {
  private readonly end = Promise.withResolvers<void>();
  private isClosing = false;

  private constructor(
    /** The SELECT as it may stand in brackets. */
    private readonly sql: string,
    readonly columns: readonly Column[],
    private readonly cell: Cell,
    private readonly scope: QueryScope,
    private readonly limits: SandboxLimits,
  ) {}

  /** @throws {SqlError} {@link SqlForbiddenError} {@link SqlTooLargeError}, and the reason of the signal */
  static async open(query: Query, limits: SandboxLimits, signal: AbortSignal): Promise<SandboxedQuery> {
    const cell = await Cell.open(limits, signal);
    try {
      const scope = await QueryScope.open(cell.session, query);
      scope.call(cell.folder, 'the folder for temporary files');
      await cell.lock([...filesOf(query.tables), join(cell.folder, RESULT_FILE)]);
      return new SandboxedQuery(await scope.bareSql(), await columnsOf(scope, query.sql), cell, scope, limits);
    } catch (error) {
      await cell.close();
      throw inItsLimits(error);
    }
  }

  /** The rows in their order; the event loop stays free between the chunks. When the signal aborts it throws at once. */
  async *read(selection: Selection = {}): AsyncGenerator<Chunk> {
    const { sql, offset } = this.statement(selection);
    const result = await this.run((connection) => connection.stream(sql), offset);
    const reader = new ChunkReader(result);
    for (;;) {
      const chunk = await this.run(() => result.fetchChunk(), offset);
      if (!chunk || chunk.rowCount === 0) return;
      yield reader.read(chunk);
    }
  }

  /** @returns a Parquet file with the result, which goes when the query is closed @throws {SqlTooLargeError} */
  async parquet(selection: Selection = {}): Promise<{ file: string; rows: number }> {
    const file = join(this.cell.folder, RESULT_FILE);
    const { sql, offset } = this.statement(selection);
    const before = 'COPY (\n';
    const copy = `${before}${sql}\n) TO ${quoteText(file)} (FORMAT parquet, COMPRESSION zstd)`;
    await mkdir(this.cell.folder, { recursive: true });
    const watch = setInterval(() => void this.stopWhenLarger(file), LOOK_AT_DISK_MS);
    try {
      const result = await this.run((connection) => connection.run(copy), Buffer.byteLength(before) + offset);
      const [[rows]] = await result.getRows();
      return { file, rows: Number(rows) };
    } finally {
      clearInterval(watch);
    }
  }

  /** Resolves when everything is given back. */
  get closed(): Promise<void> {
    return this.end.promise;
  }

  /** Ends what is running, and gives everything back. */
  close(): Promise<void> {
    if (!this.isClosing) this.end.resolve(this.cell.close());
    this.isClosing = true;
    return this.closed;
  }

  private statement({ select = '*', limit }: Selection): { sql: string; offset: number } {
    const before = `SELECT ${select} FROM (\n`;
    const after = limit === undefined ? '\n)' : `\n) LIMIT ${limit}`;
    return { sql: `${before}${this.sql}${after}`, offset: Buffer.byteLength(before) };
  }

  private async run<T>(work: (connection: DuckDBConnection) => Promise<T>, offset: number): Promise<T> {
    try {
      return await unlessAborted(this.cell.session.signal, this.scope.run(work, offset));
    } catch (error) {
      throw inItsLimits(error);
    }
  }

  private async stopWhenLarger(file: string): Promise<void> {
    const { size } = await stat(file).catch(() => ({ size: 0 }));
    if (size > this.limits.diskBytes) {
      this.cell.session.abort(new SqlTooLargeError('The result is larger than QUERY_DISK_LIMIT allows'));
    }
  }
}

const filesOf = (tables: Query['tables'] = {}): string[] =>
  Object.values(tables).flatMap((relation: Relation) =>
    relation.format === 'view' ? filesOf(relation.query.tables) : relation.files,
  );

async function columnsOf(scope: QueryScope, sql: string): Promise<Column[]> {
  const prepared = await scope.run((connection) => connection.prepare(sql));
  try {
    if (prepared.parameterCount > 0) {
      throw new SqlError('There are no values for the parameters of this SELECT: write the values in their places.');
    }
    return (preparedColumns(prepared) ?? []).map(({ name, type }) => ({ name, type: typeName(type) }));
  } finally {
    prepared.destroySync();
  }
}

/** A native call cannot be left before it has come to a place where it looks whether it should stop: whoever waits can. */
function unlessAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  work.catch(() => undefined);
  return new Promise((resolve, reject) => {
    const give = (): void => reject(signal.reason as Error);
    if (signal.aborted) give();
    signal.addEventListener('abort', give, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', give));
  });
}

const inItsLimits = (error: unknown): unknown =>
  error instanceof SqlMemoryError
    ? new SqlTooLargeError('The query needs more memory or disk than QUERY_MEMORY_LIMIT and QUERY_DISK_LIMIT allow')
    : error;
