import type { Column } from '../../engines/sql/sql.port.js';

/**
 * The columns of every quarantine table. A table is a history that only grows: of the entries with one `id` that with the
 * highest `revision` says how the row stands.
 */
export const QUARANTINE_COLUMNS: readonly Column[] = [
  { name: 'id', type: 'VARCHAR' },
  { name: 'revision', type: 'INTEGER' },
  { name: 'status', type: 'VARCHAR' },
  { name: 'dataset', type: 'VARCHAR' },
  { name: 'stage', type: 'VARCHAR' },
  { name: 'source', type: 'VARCHAR' },
  { name: 'file', type: 'VARCHAR' },
  { name: 'line', type: 'BIGINT' },
  { name: 'text', type: 'VARCHAR' },
  { name: 'row', type: 'VARCHAR' },
  { name: 'rules', type: 'VARCHAR[]' },
  { name: 'reason', type: 'VARCHAR' },
  { name: 'batch', type: 'VARCHAR' },
  { name: 'run_id', type: 'VARCHAR' },
  { name: 'quarantined_at', type: 'TIMESTAMP WITH TIME ZONE' },
  { name: 'replay', type: 'VARCHAR' },
  { name: 'replayed_at', type: 'TIMESTAMP WITH TIME ZONE' },
];

/** `open`: it waits. `replaying`: the run in `replay` takes it back. `replayed`: it went back, once and for all. */
export const QUARANTINE_STATUSES = ['open', 'replaying', 'replayed'] as const;
export type QuarantineStatus = (typeof QUARANTINE_STATUSES)[number];

/** An entry as the SQL engine reads it. */
export interface QuarantineEntry {
  readonly id: string;
  readonly revision: number;
  readonly status: QuarantineStatus;
  readonly dataset: string;
  readonly stage: 'load' | 'build';
  readonly source: string | null;
  readonly file: string | null;
  readonly line: bigint | null;
  readonly text: string | null;
  readonly row: string | null;
  readonly rules: readonly string[];
  readonly reason: string;
  readonly batch: string | null;
  readonly run_id: string | null;
  readonly quarantined_at: Date;
  readonly replay: string | null;
  readonly replayed_at: Date | null;
}

/** How each row of `entries` stands now. */
export const CURRENT_ENTRIES = 'select * from entries qualify row_number() over (partition by id order by revision desc) = 1';
