import { z } from 'zod';
import type { SchemaChange } from '../catalog/catalog.types.js';
import type { Column } from '../engines/sql/sql.port.js';

/**
 * What happens to a batch whose columns are not those of its bronze table. `evolve`: the table takes new columns and wider
 * types, a missing column is NULL, and only rows with a value that no type can hold beside the others go to quarantine.
 * `quarantine`: the table stays as it is, rows that do not fit go to quarantine. `fail`: the load stops.
 */
export const DriftPolicy = z.enum(['evolve', 'quarantine', 'fail']);
export type DriftPolicy = z.infer<typeof DriftPolicy>;

/** A batch on its way into a table. */
export interface Batch {
  readonly dataset: string;
  readonly policy: DriftPolicy;
  /** With their SQL types, without those that the load adds (`_ingested_at`, `_source`, `_batch`). */
  readonly columns: readonly Column[];
  readonly runId?: string;
}

/** Rows of a batch that do not fit. */
export interface Misfit {
  readonly rule: string;
  /** SQL over a row of the batch: true, false, and never missing. */
  readonly condition: string;
  readonly reason: string;
}

/** How a batch goes into its table. */
export interface DriftDecision {
  /** For the facts of the commit, from which the catalogue takes them. */
  readonly changes: readonly SchemaChange[];
  /** Whether the write has to change the table's columns. */
  readonly evolve: boolean;
  /** The expressions of a SELECT over a row of the batch that give the table's columns. */
  readonly select: string;
  readonly misfits: readonly Misfit[];
}
