import { Inject, Injectable } from '@nestjs/common';
import { type Column, type Query, type Relation, SqlEngine } from '../engines/sql/sql.port.js';
import { LakeStorage } from '../engines/storage/storage.port.js';
import { InvalidTableNameError } from './delta.errors.js';
import type { Commit, PointInTime, Snapshot, WriteRequest } from './delta.types.js';
import { Checkpoints } from './log/checkpoints.js';
import { summarise } from './log/commit-summary.js';
import { LogFiles } from './log/log-files.js';
import { TableLog } from './log/table-log.js';
import { commonType } from './schema/evolution.js';
import { inUtc, typeFromSql, typeToSql } from './schema/sql-type.js';
import { relationOf } from './table-relation.js';
import { ChangeRunner } from './write/change-runner.js';
import { RowWrite } from './write/row-write.js';

const NAME = '[A-Za-z0-9][A-Za-z0-9_-]*';
const TABLE_NAME = new RegExp(`^${NAME}\\.${NAME}$`);
/** Tables whose newest state is kept in memory. */
const LOGS_KEPT = 512;

/** Delta Lake tables in the lake's storage, named `layer.table`. Any number of processes may write the same table. */
@Injectable()
export class DeltaService {
  private readonly checkpoints: Checkpoints;
  private readonly runner: ChangeRunner;
  private readonly logs = new Map<string, TableLog>();
  /** Which version a relation shows: a write that reads its own table is only right while that version's rows stand. */
  private readonly shown = new WeakMap<Relation, { table: string; version: number }>();

  constructor(
    @Inject(LakeStorage) private readonly storage: LakeStorage,
    @Inject(SqlEngine) private readonly sql: SqlEngine,
  ) {
    this.checkpoints = new Checkpoints(storage, sql);
    this.runner = new ChangeRunner(storage, sql);
  }

  /**
   * Commits the result of a query as one new version, and makes the table when there is none. Readers see all of it or
   * nothing. Times without a zone are stored as UTC; what Delta has no type for (UUID, TIME, JSON, …) as text.
   * @throws {SchemaMismatchError} when the columns do not fit the table, and it may not or cannot evolve
   * @throws {CommitConflictError} when another writer changed what this write builds on; it may be tried again
   * @throws {UnsupportedFeatureError} @throws {UnsupportedTypeError} @throws {NullNotAllowedError} @throws {AppendOnlyTableError}
   */
  async write(table: string, request: WriteRequest): Promise<Commit> {
    const readVersion = this.readVersion(table, request.query);
    return this.runner.run(this.logOf(table), new RowWrite(this.storage, table, request, readVersion), request);
  }

  /**
   * @param at the newest version when absent
   * @throws {TableNotFoundError} @throws {VersionNotFoundError} @throws {UnsupportedFeatureError}
   */
  async snapshot(table: string, at?: PointInTime): Promise<Snapshot> {
    const snapshot = await this.logOf(table).snapshot(at);
    const uncounted = snapshot.files.filter(({ rows }) => rows === undefined);
    if (uncounted.length === 0) return snapshot;
    const relation = await relationOf({ ...snapshot, files: uncounted }, this.storage);
    const [{ rows }] = await this.sql.rows({ sql: 'SELECT count(*) AS rows FROM uncounted', tables: { uncounted: relation } });
    return { ...snapshot, rows: snapshot.rows + Number(rows) };
  }

  /** @returns the rows of a snapshot for a query's `tables`, its columns in the order of the schema */
  async relation(snapshot: Snapshot): Promise<Relation> {
    const relation = await relationOf(snapshot, this.storage);
    this.shown.set(relation, { table: snapshot.table, version: snapshot.version });
    return relation;
  }

  /**
   * @param limit all that the log still has when absent
   * @returns newest first
   * @throws {TableNotFoundError}
   */
  async history(table: string, limit = Infinity): Promise<Commit[]> {
    const entries = await this.logOf(table).history(limit);
    return entries.map((entry) => summarise(table, entry));
  }

  /**
   * What {@link WriteRequest.evolve} makes of a column whose new values have another type.
   * @returns the narrowest SQL type that holds those of both without loss; undefined when there is none
   * @throws {UnsupportedTypeError}
   */
  commonType(table: Column, given: Column): string | undefined {
    const type = commonType(inUtc(typeFromSql(table)), typeFromSql(given));
    return type === undefined ? undefined : typeToSql(type, table.name);
  }

  async exists(table: string): Promise<boolean> {
    const files = new LogFiles(folderOf(table));
    // A log that was cleaned has no first entry any more, but then it has a checkpoint.
    return (await this.storage.exists(files.entry(0))) || (await this.storage.exists(files.lastCheckpoint));
  }

  /** @returns every table of the lake as `layer.table`, in order */
  async tables(): Promise<string[]> {
    const layers = await this.storage.folders('');
    const found = await Promise.all(
      layers.map(async (layer) =>
        (await this.storage.folders(layer)).map((name) => `${layer}.${name}`).filter((table) => TABLE_NAME.test(table)),
      ),
    );
    const candidates = found.flat().sort();
    const exist = await Promise.all(candidates.map((table) => this.exists(table)));
    return candidates.filter((_, index) => exist[index]);
  }

  private readVersion(table: string, { tables = {} }: Query): number | undefined {
    const versions = Object.values(tables).flatMap((relation) => this.shown.get(relation) ?? []);
    const own = versions.filter((shown) => shown.table === table).map(({ version }) => version);
    return own.length > 0 ? Math.min(...own) : undefined;
  }

  private logOf(table: string): TableLog {
    const log = this.logs.get(table) ?? new TableLog(table, folderOf(table), this.storage, this.checkpoints);
    // Re-inserted on use, so that the first of the map is the one that nobody asked for the longest.
    this.logs.delete(table);
    this.logs.set(table, log);
    for (const oldest of this.logs.keys()) {
      if (this.logs.size <= LOGS_KEPT) break;
      this.logs.delete(oldest);
    }
    return log;
  }
}

/** @throws {InvalidTableNameError} */
function folderOf(table: string): string {
  if (!TABLE_NAME.test(table)) throw new InvalidTableNameError(table);
  return table.replace('.', '/');
}
