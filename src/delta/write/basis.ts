import { randomUUID } from 'node:crypto';
import { TableNotFoundError } from '../delta.errors.js';
import type { ChangeRequest, Snapshot } from '../delta.types.js';
import type { AddFile, Metadata, Protocol } from '../log/action.js';
import { assertWritable, PLAIN_PROTOCOL } from '../log/protocol.js';
import type { TableState } from '../log/table-state.js';
import type { StructField } from '../schema/delta-type.js';
import { serialiseSchema } from '../schema/table-schema.js';
import { transactionsOf } from './transactions.js';

/** What a change is worked out from. It stays as it is while the table moves on. */
export interface Base {
  readonly table: string;
  /** -1 where there was no table. */
  readonly version: number;
  readonly protocol: Protocol;
  readonly metadata: Metadata;
  readonly fields: readonly StructField[];
  /** What the change's applications had recorded, in the order of its transactions. */
  readonly recorded: readonly (number | undefined)[];
}

/** A base with the files of its version. */
export interface FullBase extends Base {
  readonly snapshot: Snapshot;
  /** In the order of the snapshot's files. */
  readonly files: readonly AddFile[];
}

/** @throws {TableNotFoundError} @throws {UnsupportedFeatureError} */
export function baseOf(table: string, state: TableState | undefined, request: ChangeRequest = {}): Base {
  if (!state) throw new TableNotFoundError(table);
  assertWritable(table, state);
  const { version, protocol, metadata, fields } = state;
  const recorded = transactionsOf(table, request).map(({ appId }) => state.recorded(appId));
  return { table, version, protocol, metadata, fields, recorded };
}

/** @throws {TableNotFoundError} @throws {UnsupportedFeatureError} */
export function fullBaseOf(table: string, state: TableState | undefined, request: ChangeRequest = {}): FullBase {
  if (!state) throw new TableNotFoundError(table);
  return { ...baseOf(table, state, request), snapshot: state.snapshot(), files: state.adds() };
}

/** The base of a write that makes its table. */
export const baseOfNew = (table: string, fields: readonly StructField[], partitionColumns: readonly string[]): FullBase => ({
  table,
  version: -1,
  protocol: PLAIN_PROTOCOL,
  metadata: {
    id: randomUUID(),
    name: table,
    format: { provider: 'parquet', options: {} },
    schemaString: serialiseSchema(fields),
    partitionColumns,
    configuration: {},
    createdTime: Date.now(),
  },
  fields,
  recorded: [],
  files: [],
  snapshot: {
    ...{ table, version: -1, timestamp: new Date(0), rowsChangedIn: -1, columns: [], partitionColumns, constraints: [] },
    ...{ files: [], rows: 0, bytes: 0, txns: new Map(), info: {} },
  },
});
