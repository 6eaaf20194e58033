import type { InputVersion, QualityCheck, SchemaChange } from '../catalog/catalog.types.js';

/**
 * What stands beside the rows in a Delta commit: enough to rebuild the catalogue from the log alone.
 */
export interface CommitFacts {
  readonly run_id: string | null;
  readonly inputs: readonly InputVersion[];
  readonly keys: readonly string[];
  readonly time: string | null;
  readonly targets: readonly string[];
  /** Names inputs and text of what made this version: the same again need not be made again. */
  readonly fingerprint?: string;
  /** A file of the lake with the rows that did not parse, which quarantine takes behind this commit. */
  readonly rejects?: { readonly path: string; readonly rows: number };
  quality?: readonly QualityCheck[];
  /** What was different about the columns of what was written, beside what became of the table's own. */
  readonly drift?: readonly SchemaChange[];
}
