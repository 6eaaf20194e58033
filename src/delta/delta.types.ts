import type { Predicate, Query, Relation, Running } from '../engines/sql/sql.port.js';

/** One step of an application: a version that is recorded already writes nothing. */
export interface Transaction {
  readonly appId: string;
  readonly version: number;
  /**
   * What must be recorded for the application until then, null for nothing: who was overtaken is refused. The version may then be
   * lower than that, too. Absent, any lower one may be.
   */
  readonly previous?: number | null;
}

/** What every change of a table may be given. */
export interface ChangeRequest extends Running {
  /** Recorded in the same commit as the change: all of several, or none, each of another application. */
  readonly txn?: Transaction | readonly Transaction[];
  /** What the history calls this commit, in place of the operation's own name. */
  readonly operation?: string;
  /** JSON that is kept with the commit and comes back as {@link Commit.info}. */
  readonly info?: Readonly<Record<string, unknown>>;
}

/** What one write changes, given to {@link DeltaService.write}. */
export interface WriteRequest extends ChangeRequest {
  /** `overwrite` replaces every row, and the columns too when the query has others. */
  readonly mode: 'append' | 'overwrite';
  readonly query: Query;
  /** Of an overwrite: replaces only the rows for which this is true. It must be true for the new ones, too. */
  readonly where?: Predicate;
  /**
   * Columns whose values divide the rows into files. A table keeps those it was made with, unless a whole overwrite gives
   * others. In such a column empty text counts as missing, as Delta has it.
   */
  readonly partitionBy?: readonly string[];
  /**
   * The table takes the query's new columns as its own, NULL in older rows, and widens the type of a column whose new
   * values do not fit, which rewrites its files in the same commit. Columns that the query has not become NULL.
   */
  readonly evolve?: boolean;
  /**
   * Of a whole overwrite: what must be true for every row from this version on, by name. Of those that the table has, the
   * ones go that an earlier write declared so; what others set stays. Absent, all stay.
   */
  readonly constraints?: Readonly<Record<string, string>>;
  readonly description?: string;
  readonly columnDescriptions?: Readonly<Record<string, string>>;
  /**
   * Looks at the rows before any of them can be seen in the table. When it throws, nothing is written; when it returns a
   * query, the result of that is written in their place. The rows are this query's table `candidate`.
   */
  readonly inspect?: (candidate: Candidate) => Promise<Query | undefined>;
}

export interface DeleteRequest extends ChangeRequest {
  /** Rows go for which this is true. */
  readonly where: Predicate;
}

export interface UpdateRequest extends ChangeRequest {
  /** Rows change for which this is true; all of them when absent. */
  readonly where?: Predicate;
  /** An SQL expression over the old row by column, cast to the column's type. It may use the parameters of `where`. */
  readonly set: Readonly<Record<string, string>>;
}

/** SQL by column; `all` gives every column the source's value of the same name. */
export type Assignments = 'all' | Readonly<Record<string, string>>;

/** A clause acts on the rows for which `when` is true, or on all, that no clause before it took. */
interface MergeClause {
  readonly when?: string;
}

export interface UpdateClause extends MergeClause {
  /** Columns that are not named keep their value. */
  readonly update: Assignments;
}

export interface DeleteClause extends MergeClause {
  readonly delete: true;
}

export interface InsertClause extends MergeClause {
  /** Columns that are not named are NULL. */
  readonly insert: Assignments;
}

/**
 * What one merge changes, given to {@link DeltaService.merge}. In all its expressions a row of the table is `target`, and one of
 * the query `source`: `target.price <> source.price`.
 */
export interface MergeRequest extends ChangeRequest {
  readonly source: Query;
  /** Columns of both by which rows match: equal, and not NULL. */
  readonly keys: readonly string[];
  /** What else must be true for a match. */
  readonly condition?: string;
  /** Rows of the table that match a row of the source. */
  readonly whenMatched?: readonly (UpdateClause | DeleteClause)[];
  /** Rows of the source that match none of the table. Only `source` is known here. */
  readonly whenNotMatched?: readonly InsertClause[];
  /** Rows of the table that match none of the source. Only `target` is known here. */
  readonly whenNotMatchedBySource?: readonly (UpdateClause | DeleteClause)[];
  /** As {@link WriteRequest.evolve}, where a clause takes all columns. Without it those that only the source has are left out. */
  readonly evolve?: boolean;
  /** As {@link WriteRequest.inspect}, of the rows of the source. */
  readonly inspect?: WriteRequest['inspect'];
}

export interface OptimizeRequest extends ChangeRequest {
  /** How large files become, 128 MiB when absent. Those of three quarters of it or more are left alone. */
  readonly targetBytes?: number;
  /** Columns by which the rows of each partition are sorted, so that readers can skip more files. */
  readonly sortBy?: readonly string[];
  /** Only files that may hold rows for which this is true. */
  readonly where?: Predicate;
}

export interface VacuumRequest extends Running {
  /**
   * Files stay that were part of a version within so many hours; `delta.deletedFileRetentionDuration`, or a week, when absent.
   * More than that cannot be promised for files whose removal the log has forgotten.
   */
  readonly retentionHours?: number;
  /** Takes fewer hours than the table asks for: only right when nobody else reads or writes the table. */
  readonly force?: boolean;
  /** Tells what would be removed, and removes nothing. */
  readonly dryRun?: boolean;
  readonly info?: ChangeRequest['info'];
}

export interface Vacuumed {
  readonly table: string;
  readonly dryRun: boolean;
  readonly retentionHours: number;
  /** Paths in the lake's storage. */
  readonly files: readonly string[];
  readonly bytes: number;
}

export interface CleanedLog {
  readonly table: string;
  /** Entries and checkpoints that were removed. */
  readonly files: number;
  readonly bytes: number;
  /** The first version that can still be read. */
  readonly oldestVersion: number;
}

/** Rows that wait for their commit. */
export interface Candidate {
  readonly relation: Relation;
  readonly rows: number;
}

/** One version of a table as its log tells it. */
export interface Commit {
  readonly table: string;
  readonly version: number;
  readonly timestamp: Date;
  readonly operation: string;
  readonly rowsAdded: number;
  readonly rowsRemoved: number;
  readonly filesAdded: number;
  readonly filesRemoved: number;
  readonly bytesAdded: number;
  /** True when the `txn` was recorded before or nothing had to change: `version` is where the table stands. */
  readonly skipped: boolean;
  readonly info: Readonly<Record<string, unknown>>;
}

export interface DeltaColumn {
  readonly name: string;
  /** In SQL: `BIGINT`, `STRUCT(a INTEGER)`. */
  readonly type: string;
  readonly nullable: boolean;
  readonly description?: string;
}

/** A condition that is true for every row of a table. */
export interface Constraint {
  /** In lower case. */
  readonly name: string;
  /** In SQL over the columns of one row. */
  readonly condition: string;
}

export interface DeletionVector {
  /** In the lake's storage, or a `file:` URI; absent when it stands in the log. */
  readonly path?: string;
  /** Where it begins in the file. */
  readonly offset?: number;
  /** Itself, as Z85 text. */
  readonly inline?: string;
  readonly bytes: number;
  readonly rows: number;
}

export interface DataFile {
  /** In the lake's storage; a `file:` URI for a file that the table refers to from outside. */
  readonly path: string;
  /** Absent when whoever wrote the file did not count them. */
  readonly rows?: number;
  readonly bytes: number;
  readonly modifiedAt: Date;
  /** By partition column, as the log has them; null is a missing value. */
  readonly partitionValues: Readonly<Record<string, string | null>>;
  /** Rows of the file that count as removed: others leave the file as it is and write down which. They are not in `rows`. */
  readonly deletionVector?: DeletionVector;
  /** Least and greatest values and missing ones by column: JSON text as Delta defines it, when the writer counted. */
  readonly stats?: string;
}

/** How the files of a table hold a column that may have been given another name since. */
export interface StoredColumn {
  readonly name: string;
  readonly type: string;
  /** Of the Parquet schema, where files are read by it and not by the name. */
  readonly id?: number;
  /** SQL for the column as it is now, over the files as `f`. */
  readonly value: string;
}

/** A table as it stood at one version. Its files stay readable until they are vacuumed. */
export interface Snapshot {
  readonly table: string;
  readonly version: number;
  readonly timestamp: Date;
  /**
   * The last version that added, removed or changed rows, which compaction does not. After a restart it may be that of the
   * newest checkpoint instead, which is later.
   */
  readonly rowsChangedIn: number;
  readonly description?: string;
  readonly columns: readonly DeltaColumn[];
  readonly partitionColumns: readonly string[];
  /** By the names of the columns; absent where the files have the same. */
  readonly mapping?: Readonly<Record<string, StoredColumn>>;
  readonly constraints: readonly Constraint[];
  readonly files: readonly DataFile[];
  readonly rows: number;
  readonly bytes: number;
  /** The last version that each application recorded. */
  readonly txns: ReadonlyMap<string, number>;
  /** The `info` of the commit that made this version. */
  readonly info: Readonly<Record<string, unknown>>;
}

/** A version by its number, or the newest one that was there at a time. */
export type PointInTime = { readonly version: number } | { readonly timestamp: Date };
