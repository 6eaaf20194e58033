import type { InputVersion, QualityCheck, SchemaChange } from '../catalog/catalog.types.js';
import type { MadeFrom } from './models/build-fingerprint.js';

/** Intervals without a gap between them that were made alike. */
export interface DoneRange {
  readonly start: string;
  readonly end: string;
  /** The run that was asked to make them again, as long as it may have to go on with that. */
  readonly run?: string;
}

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
  /** The parts of the fingerprint. */
  readonly made_from?: MadeFrom;
  /** Of a model that is built interval by interval: those that stand in this version. */
  readonly intervals?: readonly DoneRange[];
  /** A file of the lake with the rows that did not parse, which quarantine takes behind this commit. */
  readonly rejects?: { readonly path: string; readonly rows: number };
  quality?: readonly QualityCheck[];
  /** What was different about the columns of what was written, beside what became of the table's own. */
  readonly drift?: readonly SchemaChange[];
}
