import type { Dataset, DatasetColumn, Layer, QualityResult, SchemaChangeItem } from './dataset.schema.js';

export type { Dataset } from './dataset.schema.js';

export interface InputVersion {
  readonly name: string;
  /** Null for what has no versions, such as a file. */
  readonly version: number | null;
}

/** What a table was made from, in its newest versions that were made from anything. */
export interface Origins {
  readonly dataset: string;
  /** The newest version of the table. */
  readonly version: number;
  /** Newest first. */
  readonly made: readonly {
    readonly runId: string | null;
    /** What the history of the table calls it. */
    readonly operation: string;
    readonly inputs: readonly InputVersion[];
  }[];
}

/** One committed version of a table, with the state of the table as of it. */
export interface CommittedVersion {
  readonly dataset: string;
  readonly version: number;
  readonly timestamp: Date;
  readonly operation: string;
  readonly rowsAdded: number;
  readonly rowsRemoved: number;
  readonly filesAdded: number;
  readonly filesRemoved: number;
  readonly runId: string | null;
  readonly inputs: readonly InputVersion[];
}

export interface ColumnRoles {
  readonly keys: readonly string[];
  readonly time: string | null;
  readonly targets: readonly string[];
}

export interface DatasetState {
  readonly description: string;
  readonly rows: number;
  readonly bytes: number;
  readonly files: number;
  readonly columns: readonly DatasetColumn[];
  readonly partitions: readonly string[];
  readonly constraints: Dataset['constraints'];
  /** What its columns are for. Of a commit that says nothing of it, undefined: what is known stays. */
  readonly roles: ColumnRoles | undefined;
}

export type QualityCheck = Omit<QualityResult, 'checked_at' | 'version' | 'run_id'>;

export type SchemaChange = Omit<SchemaChangeItem, 'version' | 'run_id' | 'changed_at'>;

/** What else is known of a commit. */
export interface CommitFindings {
  readonly checks?: readonly QualityCheck[];
  /** How what was written differed from the table, beside what became of the table's own columns. */
  readonly changes?: readonly SchemaChange[];
}

export const layerOf = (dataset: string): Layer => dataset.slice(0, dataset.indexOf('.')) as Layer;
