import { Inject, Injectable } from '@nestjs/common';
import { type Column, type Condition, type Predicate, type Query, type Relation, SqlEngine } from '../engines/sql/sql.port.js';
import { LakeStorage } from '../engines/storage/storage.port.js';
import { InvalidTableNameError } from './delta.errors.js';
import type {
  ChangeRequest,
  CleanedLog,
  Commit,
  DeleteRequest,
  MergeRequest,
  OptimizeRequest,
  PointInTime,
  Snapshot,
  UpdateRequest,
  Vacuumed,
  VacuumRequest,
  WriteRequest,
} from './delta.types.js';
import { Checkpoints } from './log/checkpoints.js';
import { summarise } from './log/commit-summary.js';
import { LogFiles } from './log/log-files.js';
import { TableLog } from './log/table-log.js';
import { cleanLog } from './maintenance/log-cleaning.js';
import { Vacuum } from './maintenance/vacuum.js';
import { RowMerge } from './merge/row-merge.js';
import { pruned } from './pruning/pruned-snapshot.js';
import { commonType } from './schema/evolution.js';
import { inUtc, typeFromSql, typeToSql } from './schema/sql-type.js';
import { relationOf } from './table-relation.js';
import { ChangeRunner } from './write/change-runner.js';
import { Compaction } from './write/compaction.js';
import { ConstraintChange } from './write/constraint-change.js';
import { Restoration } from './write/restoration.js';
import { RowDeletion, RowUpdate } from './write/row-changes.js';
import { RowWrite } from './write/row-write.js';

/** Short enough to be a folder everywhere. */
const NAME = '[A-Za-z0-9][A-Za-z0-9_-]{0,127}';
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
   * Removes the rows for which a condition is true. Files without such rows stay; nothing is committed when there are none.
   * @throws {TableNotFoundError} @throws {AppendOnlyTableError} @throws {CommitConflictError} @throws {UnsteadyPredicateError}
   */
  async delete(table: string, request: DeleteRequest): Promise<Commit> {
    return this.runner.run(this.logOf(table), new RowDeletion(this.storage, table, request), request);
  }

  /**
   * Gives columns of the rows for which a condition is true other values.
   * @throws {RowRuleError} when a constraint is not true for a changed row, and as {@link delete}
   */
  async update(table: string, request: UpdateRequest): Promise<Commit> {
    return this.runner.run(this.logOf(table), new RowUpdate(this.storage, table, request), request);
  }

  /**
   * Changes, removes and adds rows by those of a query, all in one version. Only files are written anew that hold rows which
   * change; nothing is committed when none does.
   * @throws {AmbiguousMergeError} when several rows of the source would change one row of the table
   * @throws {SchemaMismatchError} when the columns do not fit the table, and as {@link update}
   */
  async merge(table: string, request: MergeRequest): Promise<Commit> {
    const readVersion = this.readVersion(table, request.source);
    return this.runner.run(this.logOf(table), new RowMerge(this.storage, table, request, readVersion), request);
  }

  /** Makes few large files of many small ones. The rows stay the same, so that appends may come meanwhile. */
  async optimize(table: string, request: OptimizeRequest = {}): Promise<Commit> {
    return this.runner.run(this.logOf(table), new Compaction(this.storage, table, request), request);
  }

  /**
   * Makes the table what it was, in a new version: rows, columns and settings.
   * @throws {VersionNotFoundError} @throws {VersionVacuumedError} @throws {CommitConflictError}
   */
  async restore(table: string, at: PointInTime, request: ChangeRequest = {}): Promise<Commit> {
    const log = this.logOf(table);
    return this.runner.run(log, new Restoration(this.storage, log, at, request), request);
  }

  /**
   * Removes files that no version within the retention reads, left-overs of writers that died among them.
   * @throws {RetentionTooShortError}
   */
  async vacuum(table: string, request: VacuumRequest = {}): Promise<Vacuumed> {
    return new Vacuum(this.storage, this.runner, this.logOf(table), request).run(Date.now());
  }

  /** Removes what the log holds of versions older than `delta.logRetentionDuration`, or thirty days. */
  async cleanLog(table: string): Promise<CleanedLog> {
    return cleanLog(this.logOf(table), { storage: this.storage, checkpoints: this.checkpoints }, Date.now());
  }

  /**
   * Declares a condition that must be true for every row from now on; NULL is not enough. Names that need quotes are written
   * in double quotes here, and kept as Spark reads them. Setting the same again does nothing.
   * @throws {InvalidConstraintError} when a row breaks it already, or it cannot be checked
   */
  async setConstraint(table: string, name: string, sql: string, request: ChangeRequest = {}): Promise<Commit> {
    return this.runner.run(this.logOf(table), new ConstraintChange(this.storage, table, name, sql, request), request);
  }

  /** @throws {ConstraintNotFoundError} */
  async dropConstraint(table: string, name: string, request: ChangeRequest = {}): Promise<Commit> {
    return this.runner.run(this.logOf(table), new ConstraintChange(this.storage, table, name, undefined, request), request);
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

  /**
   * @param where leaves out files of which partition values and statistics tell that they hold no row for which it is true.
   *   Other rows may still be among those that are returned: the query filters them.
   * @throws {VersionVacuumedError}
   * @returns the rows of a snapshot for a query's `tables`, its columns in the order of the schema
   */
  async relation(snapshot: Snapshot, where?: Predicate): Promise<Relation> {
    const relation = await relationOf(where ? pruned(snapshot, await this.sql.condition(where)) : snapshot, this.storage);
    this.shown.set(relation, { table: snapshot.table, version: snapshot.version });
    return relation;
  }

  /** @returns the snapshot without the files that hold no row which fulfils a condition: none of them is read for it */
  narrowed(snapshot: Snapshot, condition: Condition): Snapshot {
    return pruned(snapshot, condition);
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

  /** @param versions from the newest to the oldest @returns the commits of those whose entries are not cleaned away */
  async commits(table: string, versions: readonly number[]): Promise<Commit[]> {
    const entries = await this.logOf(table).entries(versions);
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
