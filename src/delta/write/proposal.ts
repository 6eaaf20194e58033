import { randomUUID } from 'node:crypto';
import { AppendOnlyTableError, CommitConflictError } from '../delta.errors.js';
import type { WriteRequest } from '../delta.types.js';
import type { Action, AddFile, CommitInfo, Metadata, Protocol } from '../log/action.js';
import { assertWritable, isAppendOnly, PLAIN_PROTOCOL } from '../log/protocol.js';
import { countRows, type TableState } from '../log/table-state.js';
import type { StructField } from '../schema/delta-type.js';
import { describeFields, serialiseSchema } from '../schema/table-schema.js';

/** What a write was worked out from. */
export interface Base {
  /** -1 where there was no table. */
  readonly version: number;
  readonly protocol: Protocol;
  readonly metadata: Metadata;
  readonly fields: readonly StructField[];
  /** What the write's application had recorded. */
  readonly recorded: number | undefined;
}

/** One write whose files lie ready in the table's folder. */
export interface Proposal {
  readonly table: string;
  readonly request: WriteRequest;
  readonly base: Base;
  /** The version of this same table that the query reads; undefined when it reads others only. */
  readonly readVersion: number | undefined;
  readonly fields: readonly StructField[];
  readonly adds: readonly AddFile[];
}

/** @throws {UnsupportedFeatureError} @throws {AppendOnlyTableError} */
export function baseOf(table: string, state: TableState, { mode, txn }: WriteRequest): Base {
  assertWritable(table, state);
  if (mode === 'overwrite' && isAppendOnly(state.metadata)) throw new AppendOnlyTableError(table);
  const { version, protocol, metadata, fields } = state;
  return { version, protocol, metadata, fields, recorded: txn && state.recorded(txn.appId) };
}

/** The base of a write that makes its table. */
export const baseOfNew = (table: string, fields: readonly StructField[]): Base => ({
  version: -1,
  protocol: PLAIN_PROTOCOL,
  metadata: {
    id: randomUUID(),
    name: table,
    format: { provider: 'parquet', options: {} },
    schemaString: serialiseSchema(fields),
    partitionColumns: [],
    configuration: {},
    createdTime: Date.now(),
  },
  fields,
  recorded: undefined,
});

export const isRecorded = (state: TableState | undefined, txn: WriteRequest['txn']): boolean =>
  txn !== undefined && (state?.recorded(txn.appId) ?? -Infinity) >= txn.version;

/**
 * The actions that commit a write on top of a state, which may be newer than the one it was worked out from.
 * @throws {CommitConflictError} when what came between does not allow it
 */
export function actionsFor(proposal: Proposal, state: TableState | undefined, now: number): Action[] {
  if (state) refuseConflicts(proposal, state);
  const { request, adds } = proposal;
  const metadata = metadataFor(proposal, state);
  const removed = request.mode === 'overwrite' ? (state?.adds() ?? []) : [];
  return [
    { commitInfo: commitInfoFor(proposal, state, removed, now) },
    ...(state ? [] : [{ protocol: proposal.base.protocol }]),
    ...(metadata === state?.metadata ? [] : [{ metaData: metadata }]),
    ...(request.txn ? [{ txn: { appId: request.txn.appId, version: request.txn.version, lastUpdated: now } }] : []),
    ...removed.map((add) => ({ remove: tombstoneOf(add, now) })),
    ...adds.map((add) => ({ add })),
  ];
}

function refuseConflicts({ table, request, base, readVersion }: Proposal, state: TableState): void {
  if (base.version === state.version && readVersion === undefined) return;
  const conflict = (what: string): never => {
    throw new CommitConflictError(table, what);
  };
  if (!same(base.protocol, state.protocol)) conflict('it asks for another protocol version');
  if (!same(substance(base), substance(state))) conflict('its columns or settings changed');
  const read = request.mode === 'overwrite' ? Math.min(readVersion ?? Infinity, base.version) : readVersion;
  if (read !== undefined && state.filesChangedIn > read) {
    conflict(`version ${state.filesChangedIn} added or removed rows that this write builds on`);
  }
  if (request.txn && state.recorded(request.txn.appId) !== base.recorded) {
    conflict(`"${request.txn.appId}" recorded another version`);
  }
}

/** The very metadata of the state when the write changes nothing of it. */
function metadataFor({ request, base, fields }: Proposal, state: TableState | undefined): Metadata {
  const before = state ?? base;
  const described = describeFields(request.mode === 'append' ? before.fields : fields, request.columnDescriptions);
  const description = request.description ?? before.metadata.description;
  if (same(described, before.fields) && description === before.metadata.description) return before.metadata;
  return {
    ...before.metadata,
    ...(description === undefined ? {} : { description }),
    schemaString: serialiseSchema(described),
  };
}

function commitInfoFor(proposal: Proposal, state: TableState | undefined, removed: readonly AddFile[], now: number): CommitInfo {
  const { request, adds, base, readVersion } = proposal;
  const sum = (values: readonly number[]): string => String(values.reduce((total, value) => total + value, 0));
  return {
    // Strictly ascending even when a clock is behind another's: time travel bisects by it.
    timestamp: Math.max(now, (state?.timestamp.getTime() ?? 0) + 1),
    operation: request.operation ?? 'WRITE',
    operationParameters: { mode: request.mode === 'append' ? 'Append' : 'Overwrite', partitionBy: '[]' },
    ...(state ? { readVersion: base.version } : {}),
    isBlindAppend: request.mode === 'append' && readVersion === undefined,
    operationMetrics: {
      numFiles: String(adds.length),
      numOutputRows: sum(adds.map(({ stats }) => countRows(stats) ?? 0)),
      numOutputBytes: sum(adds.map(({ size }) => size)),
      ...(removed.length > 0
        ? { numRemovedFiles: String(removed.length), numRemovedBytes: sum(removed.map(({ size }) => size)) }
        : {}),
    },
    engineInfo: 'DataFlow-Lab',
    ...(request.info ? { lab: request.info } : {}),
  };
}

function tombstoneOf({ path, partitionValues, size, stats }: AddFile, now: number): NonNullable<Action['remove']> {
  const rows = countRows(stats);
  return {
    path,
    deletionTimestamp: now,
    dataChange: true,
    extendedFileMetadata: true,
    partitionValues,
    size,
    ...(rows === undefined ? {} : { stats: JSON.stringify({ numRecords: rows }) }),
  };
}

/** What of a table decides whether files fit it: words about it do not. */
const substance = ({ fields, metadata }: Pick<Base, 'fields' | 'metadata'>): unknown => [
  shapeOf(fields),
  metadata.partitionColumns,
  Object.entries(metadata.configuration).sort(),
];

const shapeOf = (fields: readonly StructField[]): unknown =>
  fields.map(({ metadata: { comment: _, ...metadata }, ...field }) => ({ ...field, metadata }));

const same = (left: unknown, right: unknown): boolean => left === right || JSON.stringify(left) === JSON.stringify(right);
