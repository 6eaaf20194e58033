import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { bound } from './duckdb/bound-values.js';
import { CallGate } from './duckdb/call-gate.js';
import { readCondition } from './duckdb/condition-syntax.js';
import { openInstance } from './duckdb/instance.js';
import { markedConditions } from './duckdb/marked-conditions.js';
import { copyStatement, type CopyTarget, preparedColumns, resultColumns, storedColumns } from './duckdb/parquet-copy.js';
import { QueryScope } from './duckdb/query-scope.js';
import { ChunkReader, typeName } from './duckdb/result-chunk.js';
import { SelectSyntax } from './duckdb/select-syntax.js';
import { Session } from './duckdb/session.js';
import { spillFolder } from './duckdb/spill-folder.js';
import { placesOfBytes, quoteText } from './duckdb/sql-text.js';
import { type CopiedFile, writtenFile } from './duckdb/written-file.js';
import type { ResultColumn } from './formats/column-casts.js';
import { growingFile } from './growing-file.js';
import { SqlEngineClosedError } from './sql.errors.js';
import {
  type Chunk,
  type Column,
  type Condition,
  type MarkedConditions,
  type Materialised,
  type Materialising,
  type Parsed,
  type Predicate,
  type Query,
  type Running,
  SqlEngine,
} from './sql.port.js';

/** Of libuv's four threads one stays for everything else. */
const CALLS_AT_ONCE = 3;
const COPIES_AT_ONCE = 2;

export interface DuckDbOptions {
  readonly threads: number;
  /** A size such as `1GB`: of the buffers, what is beside them comes on top. */
  readonly memoryLimit: string;
  /** What does not fit into memory is spilled below this folder. */
  readonly tempFolder: string;
}

/** The embedded default: DuckDB in this process, in memory, over the files that each query names. */
export class DuckDbSqlEngine extends SqlEngine {
  private readonly sessions = new Set<Session>();
  private readonly calls = new CallGate(CALLS_AT_ONCE);
  private readonly copies = new CallGate(COPIES_AT_ONCE);
  private closed = false;

  private constructor(
    private readonly instance: DuckDBInstance,
    private readonly spill: string,
  ) {
    super();
  }

  static async open({ threads, memoryLimit, tempFolder }: DuckDbOptions): Promise<DuckDbSqlEngine> {
    const spill = await spillFolder(tempFolder);
    // Gives freed memory back to the system within seconds; without it half a gigabyte stays after a big query.
    const further = { allocator_background_threads: 'true' };
    const instance = await openInstance({ threads, memoryLimit, spillFolder: spill }, further);
    return new DuckDbSqlEngine(instance, spill);
  }

  async parse(sql: string): Promise<Parsed> {
    return this.withSession({}, async (session) => {
      const syntax = await session.run((connection) => SelectSyntax.read(connection, sql));
      const offsets = syntax.tables.map(({ offset }) => offset);
      const places = placesOfBytes(sql, offsets);
      const references = syntax.tables.map(({ table, offset }) => ({ table, ...places.get(offset) }));
      return { tables: references.map(({ table }) => table), references };
    });
  }

  async describe(query: Query): Promise<Column[]> {
    return this.withScope(query, {}, async (scope) => {
      const columns = await this.columns(scope, query);
      return columns.map(({ name, type }) => ({ name, type: typeName(type) }));
    });
  }

  async condition(predicate: Predicate): Promise<Condition> {
    return this.withSession({}, (session) => session.run((connection) => readCondition(connection, predicate)));
  }

  async markedConditions(sql: string, marks: readonly string[]): Promise<MarkedConditions[]> {
    return this.withSession({}, (session) => session.run((connection) => markedConditions(connection, sql, marks)));
  }

  async materialise(query: Query, folder: string, options: Materialising = {}): Promise<Materialised> {
    const id = randomUUID();
    try {
      return await this.withScope(query, options, (scope) =>
        this.copies.run(scope.session.signal, () => this.copy(scope, query, { ...options, folder, id })),
      );
    } catch (error) {
      await removeParts(folder, id);
      throw error;
    }
  }

  async *read(query: Query, running: Running = {}): AsyncGenerator<Chunk> {
    const session = this.open(running);
    try {
      const scope = await this.scope(session, query);
      try {
        const result = await scope.run((connection) => connection.stream(query.sql, ...bound(query.parameters)));
        const reader = new ChunkReader(result);
        for (;;) {
          const chunk = await scope.run(() => result.fetchChunk());
          if (!chunk || chunk.rowCount === 0) return;
          yield reader.read(chunk);
        }
      } finally {
        await scope.close();
      }
    } finally {
      await this.release(session);
    }
  }

  /** By way of a file: the client library takes two microseconds to hand out a text, DuckDB a tenth of that to write it. */
  async *lines(query: Query, running: Running = {}): AsyncGenerator<Buffer> {
    const left = new AbortController();
    const signal = AbortSignal.any([left.signal, ...(running.signal ? [running.signal] : [])]);
    const file = join(this.spill, randomUUID());
    await mkdir(this.spill, { recursive: true });
    await writeFile(file, '');
    const written = this.withScope(query, { ...running, signal }, (scope) =>
      this.copies.run(scope.session.signal, () => this.writeLines(scope, query, file)),
    );
    try {
      yield* growingFile(file, written);
    } finally {
      left.abort();
      await written.catch(() => undefined);
      await rm(file, { force: true });
    }
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    const sessions = [...this.sessions];
    for (const session of sessions) session.abort(new SqlEngineClosedError());
    await Promise.all(sessions.map((session) => session.close()));
    this.instance.closeSync();
    await rm(this.spill, { recursive: true, force: true });
  }

  private async copy(scope: QueryScope, query: Query, target: CopyTarget): Promise<Materialised> {
    const columns = await this.columns(scope, query);
    const { sql, offset } = copyStatement(await scope.bareSql(), columns, target);
    scope.call(target.folder, 'the folder of the result');
    const result = await scope.runLong((connection) => connection.run(sql, ...bound(query.parameters)), offset);
    const reader = new ChunkReader(result);
    const copied: CopiedFile[] = [];
    for (const chunk of await result.fetchAllChunks()) copied.push(...objectsOf<CopiedFile>(reader.read(chunk)));
    const stored = await scope.run((connection) => storedColumns(connection, copied[0]?.filename, columns));
    // An empty result gives one file without rows, good for nothing but its columns; one that is divided gives none.
    const kept = ({ count }: CopiedFile): boolean => count > 0n || target.keepEmpty === true;
    const [full, empty] = [copied.filter(kept), copied.filter((file) => !kept(file))];
    await Promise.all(empty.map(({ filename }) => rm(filename)));
    const files = full.map((file) => writtenFile(file, stored));
    return { files, columns: stored, rows: files.reduce((sum, { rows }) => sum + rows, 0) };
  }

  /** CSV without a quote is the text as it is. */
  private async writeLines(scope: QueryScope, { parameters }: Query, file: string): Promise<void> {
    const before = 'COPY (\n';
    const options = `FORMAT csv, HEADER false, QUOTE '', ESCAPE '', USE_TMP_FILE false`;
    const sql = `${before}${await scope.bareSql()}\n) TO ${quoteText(file)} (${options})`;
    await scope.runLong((connection) => connection.run(sql, ...bound(parameters)), before.length);
  }

  private async columns(scope: QueryScope, { sql, parameters }: Query): Promise<ResultColumn[]> {
    const prepared = await scope.run((connection) => connection.prepare(sql));
    try {
      const columns = preparedColumns(prepared);
      if (columns) return columns;
      const bare = await scope.bareSql();
      const nothing = (connection: DuckDBConnection) => connection.run(`FROM (\n${bare}\n) LIMIT 0`, ...bound(parameters));
      return resultColumns(await scope.run(nothing, 'FROM (\n'.length));
    } finally {
      prepared.destroySync();
    }
  }

  private async withScope<T>(query: Query, running: Running, use: (scope: QueryScope) => Promise<T>): Promise<T> {
    return this.withSession(running, async (session) => {
      const scope = await this.scope(session, query);
      try {
        return await use(scope);
      } finally {
        await scope.close();
      }
    });
  }

  private async scope(session: Session, query: Query): Promise<QueryScope> {
    const scope = await QueryScope.open(session, query);
    scope.call(this.spill, 'the folder for temporary files');
    return scope;
  }

  private async withSession<T>(running: Running, use: (session: Session) => Promise<T>): Promise<T> {
    const session = this.open(running);
    try {
      return await use(session);
    } finally {
      await this.release(session);
    }
  }

  private open(running: Running): Session {
    if (this.closed) throw new SqlEngineClosedError();
    const session = new Session(this.instance, this.calls, running);
    this.sessions.add(session);
    return session;
  }

  private async release(session: Session): Promise<void> {
    await session.close();
    this.sessions.delete(session);
  }
}

async function removeParts(folder: string, id: string): Promise<void> {
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  await Promise.all(names.filter((name) => name.includes(id)).map((name) => rm(join(folder, name), { force: true })));
}

const objectsOf = <T>({ columns, rows, values }: Chunk): T[] =>
  Array.from(
    { length: rows },
    (_, row) => Object.fromEntries(columns.map(({ name }, column) => [name, values[column][row]])) as T,
  );
