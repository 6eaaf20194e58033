import type { Query, Relation, Running } from '../engines/sql/sql.port.js';

/** What one write changes, given to {@link DeltaService.write}. */
export interface WriteRequest extends Running {
  /** `overwrite` replaces every row, and the columns too when the query has others. */
  readonly mode: 'append' | 'overwrite';
  readonly query: Query;
  /** Recorded in the same commit as the rows: a version that is recorded already writes nothing. */
  readonly txn?: { readonly appId: string; readonly version: number };
  /** What the history calls this commit; `WRITE` when absent. */
  readonly operation?: string;
  /** JSON that is kept with the commit and comes back as {@link Commit.info}. */
  readonly info?: Readonly<Record<string, unknown>>;
  readonly description?: string;
  readonly columnDescriptions?: Readonly<Record<string, string>>;
  /**
   * Looks at the rows before any of them can be seen in the table. When it throws, nothing is written; when it returns a
   * query, the result of that is written in their place. The rows are this query's table `candidate`.
   */
  readonly inspect?: (candidate: Candidate) => Promise<Query | undefined>;
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
  /** True when the write's `txn` was recorded before: nothing was written, and `version` is where the table stands. */
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

export interface DataFile {
  /** In the lake's storage; a `file:` URI for a file that the table refers to from outside. */
  readonly path: string;
  /** Absent when whoever wrote the file did not count them. */
  readonly rows?: number;
  readonly bytes: number;
  readonly modifiedAt: Date;
  /** By partition column, as the log has them; null is a missing value. */
  readonly partitionValues: Readonly<Record<string, string | null>>;
}

/** A table as it stood at one version. Its files stay readable until they are vacuumed. */
export interface Snapshot {
  readonly table: string;
  readonly version: number;
  readonly timestamp: Date;
  readonly description?: string;
  readonly columns: readonly DeltaColumn[];
  readonly partitionColumns: readonly string[];
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
