import { AppendOnlyTableError, CommitConflictError } from '../delta.errors.js';
import type { ChangeRequest, Transaction } from '../delta.types.js';
import type { Action, AddFile, CommitInfo, Metadata, Protocol } from '../log/action.js';
import { isAppendOnly } from '../log/protocol.js';
import { countRows, liveRows, type TableState } from '../log/table-state.js';
import type { StructField } from '../schema/delta-type.js';
import type { Base } from './basis.js';
import { transactionsOf } from './transactions.js';

/** A file that a change takes out of the table; without `dataChange` its rows stand in other files of the same change. */
export interface Removal {
  readonly file: AddFile;
  readonly dataChange: boolean;
}

/** What must still be so when the change is committed. Nothing of it for a blind append. */
export interface Reads {
  /** No file came or went after this version. */
  readonly since?: number;
  /** These files are still there … */
  readonly files?: readonly AddFile[];
  /** … and none but the known ones came that this says would have been read. */
  readonly known?: readonly AddFile[];
  readonly added?: (file: AddFile) => boolean;
}

/** A change whose files lie ready in the table's folder. */
export interface Change {
  readonly base: Base;
  readonly reads: Reads;
  readonly operation: string;
  readonly parameters?: Readonly<Record<string, unknown>>;
  /** Beside those that every change has. */
  readonly metrics?: Readonly<Record<string, number>>;
  readonly protocol?: Protocol;
  /** The table's metadata afterwards, given those before. */
  readonly metadata?: (before: Metadata, fields: readonly StructField[]) => Metadata;
  readonly adds: readonly AddFile[];
  readonly removals: readonly Removal[];
}

/** @throws {AppendOnlyTableError} */
export function refuseRemoval({ table, metadata }: Base): void {
  if (isAppendOnly(metadata)) throw new AppendOnlyTableError(table);
}

/**
 * The actions that commit a change on top of a state, which may be newer than the one it was worked out from.
 * @throws {CommitConflictError} when what came between does not allow it
 */
export function actionsFor(change: Change, request: ChangeRequest, state: TableState | undefined, now: number): Action[] {
  const { base, adds, removals } = change;
  const txns = transactionsOf(base.table, request);
  if (state) refuseConflicts(change, txns, state);
  const before = state?.metadata ?? base.metadata;
  const metadata = change.metadata?.(before, state?.fields ?? base.fields) ?? before;
  const protocol = change.protocol ?? (state ? state.protocol : base.protocol);
  return [
    { commitInfo: commitInfoFor(change, request, state, now) },
    ...(same(protocol, state?.protocol) ? [] : [{ protocol }]),
    ...(same(metadata, state?.metadata) ? [] : [{ metaData: metadata }]),
    ...txns.map(({ appId, version }) => ({ txn: { appId, version, lastUpdated: now } })),
    ...removals.map((removal) => ({ remove: tombstoneOf(removal, now) })),
    ...adds.map((add) => ({ add })),
  ];
}

function refuseConflicts({ base, reads }: Change, txns: readonly Transaction[], state: TableState): void {
  if (base.version === state.version && reads.since === undefined) return;
  const conflict = (what: string): never => {
    throw new CommitConflictError(base.table, what);
  };
  if (!same(base.protocol, state.protocol)) conflict('it asks for another protocol version');
  if (!same(substance(base), substance(state))) conflict('its columns or settings changed');
  if (reads.since !== undefined && state.filesChangedIn > reads.since) {
    conflict(`version ${state.filesChangedIn} added or removed rows that this write builds on`);
  }
  if (state.filesChangedIn > base.version) refuseChangedFiles(reads, state, conflict);
  const moved = txns.find(({ appId }, index) => state.recorded(appId) !== base.recorded[index]);
  if (moved) conflict(`"${moved.appId}" recorded another version`);
}

function refuseChangedFiles(
  { files = [], known = [], added }: Reads,
  state: TableState,
  conflict: (what: string) => never,
): void {
  const gone = files.find((file) => !state.has(file));
  if (gone) conflict(`its file ${gone.path} was removed or rewritten`);
  if (!added) return;
  const paths = new Set(known.map(({ path }) => path));
  const came = state.adds().find((file) => !paths.has(file.path) && added(file));
  if (came) conflict(`its new file ${came.path} may hold rows that this change is about`);
}

function commitInfoFor(change: Change, request: ChangeRequest, state: TableState | undefined, now: number): CommitInfo {
  const { base, reads, adds, removals, metrics = {}, parameters = {} } = change;
  const figures = {
    numFiles: adds.length,
    numAddedFiles: adds.length,
    numRemovedFiles: removals.length,
    numOutputRows: sum(adds.map((add) => liveRows(add) ?? 0)),
    numOutputBytes: sum(adds.map(({ size }) => size)),
    ...(removals.length > 0 ? { numRemovedBytes: sum(removals.map(({ file }) => file.size)) } : {}),
    ...metrics,
  };
  return {
    // Strictly ascending even when a clock is behind another's: time travel bisects by it.
    timestamp: Math.max(now, (state?.timestamp.getTime() ?? 0) + 1),
    operation: request.operation ?? change.operation,
    operationParameters: parameters,
    ...(state ? { readVersion: base.version } : {}),
    isBlindAppend: removals.length === 0 && Object.keys(reads).length === 0,
    operationMetrics: Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, String(value)])),
    engineInfo: 'DataFlow-Lab',
    ...(request.info ? { lab: request.info } : {}),
  };
}

function tombstoneOf({ file, dataChange }: Removal, now: number): NonNullable<Action['remove']> {
  const { path, partitionValues, size, stats, deletionVector } = file;
  const rows = countRows(stats);
  return {
    path,
    deletionTimestamp: now,
    dataChange,
    extendedFileMetadata: true,
    partitionValues,
    size,
    ...(rows === undefined ? {} : { stats: JSON.stringify({ numRecords: rows }) }),
    ...(deletionVector === undefined ? {} : { deletionVector }),
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

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

const same = (left: unknown, right: unknown): boolean => left === right || JSON.stringify(left) === JSON.stringify(right);
