import { CorruptLogError } from '../delta.errors.js';

/** The version of the Delta protocol that a table asks for. */
export interface Protocol {
  readonly minReaderVersion: number;
  readonly minWriterVersion: number;
  readonly readerFeatures?: readonly string[];
  readonly writerFeatures?: readonly string[];
}

export interface Metadata {
  readonly id: string;
  readonly name?: string;
  readonly description?: string;
  readonly format: { readonly provider: string; readonly options: Readonly<Record<string, string>> };
  readonly schemaString: string;
  readonly partitionColumns: readonly string[];
  readonly configuration: Readonly<Record<string, string>>;
  readonly createdTime?: number;
}

/** Which rows of a file are removed (Delta protocol, "Deletion Vector Descriptor Schema"). */
export interface DeletionVectorDescriptor {
  /** `u`: a file that is named by a UUID, `p`: one by its path, `i`: the text itself. */
  readonly storageType: string;
  readonly pathOrInlineDv: string;
  readonly offset?: number;
  readonly sizeInBytes: number;
  readonly cardinality: number;
}

export interface AddFile {
  /** A URI, relative to the table's folder unless it has a scheme. */
  readonly path: string;
  readonly partitionValues: Readonly<Record<string, string | null>>;
  readonly size: number;
  readonly modificationTime: number;
  readonly dataChange: boolean;
  /** JSON text. */
  readonly stats?: string;
  readonly deletionVector?: DeletionVectorDescriptor;
  readonly tags?: Readonly<Record<string, string>>;
}

export interface RemoveFile {
  readonly path: string;
  readonly deletionTimestamp?: number;
  readonly dataChange: boolean;
  readonly extendedFileMetadata?: boolean;
  readonly partitionValues?: Readonly<Record<string, string | null>>;
  readonly size?: number;
  readonly stats?: string;
  readonly deletionVector?: DeletionVectorDescriptor;
}

export interface Txn {
  readonly appId: string;
  readonly version: number;
  readonly lastUpdated?: number;
}

/** Who committed what, for people; nothing of the table's state depends on it. */
export interface CommitInfo {
  readonly timestamp?: number;
  readonly inCommitTimestamp?: number;
  readonly operation?: string;
  readonly operationParameters?: Readonly<Record<string, unknown>>;
  readonly operationMetrics?: Readonly<Record<string, unknown>>;
  readonly readVersion?: number;
  readonly isBlindAppend?: boolean;
  readonly engineInfo?: string;
  readonly lab?: Readonly<Record<string, unknown>>;
}

/** A file beside a checkpoint that holds part of its actions. */
export interface Sidecar {
  /** A URI, relative to the folder of all sidecars. */
  readonly path: string;
}

/** Says that a checkpoint may have sidecars. */
export interface CheckpointMetadata {
  readonly version: number;
}

/** One line of a log entry, or one row of a checkpoint: exactly one of these is there, the last two in checkpoints alone. */
export interface Action {
  readonly commitInfo?: CommitInfo;
  readonly protocol?: Protocol;
  readonly metaData?: Metadata;
  readonly txn?: Txn;
  readonly add?: AddFile;
  readonly remove?: RemoveFile;
  readonly sidecar?: Sidecar;
  readonly checkpointMetadata?: CheckpointMetadata;
}

export const serialiseActions = (actions: readonly Action[]): string =>
  `${actions.map((action) => JSON.stringify(action)).join('\n')}\n`;

/** @throws {CorruptLogError} */
export function parseActions(content: string, path: string): Action[] {
  try {
    const lines = content.split('\n').filter((line) => line.trim() !== '');
    const actions = lines.map((line) => JSON.parse(line) as unknown);
    // A file of no bytes is what a disk leaves of one when the power goes.
    if (!actions.some((action) => Object.keys(objectIn(action)).length > 0)) throw new TypeError('it holds no action');
    return actions.map((action) => normalise(objectIn(action)));
  } catch (error) {
    throw new CorruptLogError(path, (error as Error).message);
  }
}

/**
 * One form for what others write in several (null or nothing, an empty map or none, a 64-bit integer as text), so that
 * two actions can be compared wherever they were read.
 * @throws {TypeError} when it lacks what no reader can go without
 */
export function normalise(action: Action): Action {
  if (action.add) return { add: normaliseAdd(action.add) };
  if (action.remove) return { remove: normaliseRemove(action.remove) };
  if (action.txn) return { txn: normaliseTxn(action.txn) };
  if (action.metaData) return { metaData: normaliseMetadata(action.metaData) };
  if (action.protocol) return { protocol: normaliseProtocol(action.protocol) };
  if (action.sidecar) return { sidecar: { ...action.sidecar, path: text(action.sidecar.path, 'path of a sidecar') } };
  if (action.commitInfo) return { commitInfo: withoutNulls(action.commitInfo) };
  return {};
}

function normaliseAdd(add: AddFile & { readonly stats_parsed?: object }): AddFile {
  const stats = add.stats ?? (add.stats_parsed && JSON.stringify(add.stats_parsed));
  return {
    path: text(add.path, 'path of a file'),
    partitionValues: add.partitionValues ?? {},
    size: figure(add.size, 'size of a file'),
    modificationTime: Number(add.modificationTime),
    dataChange: add.dataChange ?? true,
    ...(stats ? { stats } : undefined),
    ...(add.deletionVector ? { deletionVector: normaliseVector(add.deletionVector) } : undefined),
    ...(add.tags ? { tags: add.tags } : undefined),
  };
}

function normaliseRemove(given: RemoveFile): RemoveFile {
  const remove = withoutNulls(given);
  return {
    ...remove,
    path: text(remove.path, 'path of a file'),
    dataChange: remove.dataChange ?? true,
    ...(remove.deletionTimestamp === undefined ? {} : { deletionTimestamp: Number(remove.deletionTimestamp) }),
    ...(remove.size === undefined ? {} : { size: Number(remove.size) }),
    ...(remove.deletionVector ? { deletionVector: normaliseVector(remove.deletionVector) } : {}),
  };
}

function normaliseTxn(given: Txn): Txn {
  const txn = withoutNulls(given);
  return { ...txn, appId: text(txn.appId, 'application'), version: figure(txn.version, 'version of an application') };
}

function normaliseVector(given: DeletionVectorDescriptor): DeletionVectorDescriptor {
  const { storageType, pathOrInlineDv, offset, sizeInBytes, cardinality } = withoutNulls(given);
  const figures = { sizeInBytes: Number(sizeInBytes), cardinality: Number(cardinality) };
  return { storageType, pathOrInlineDv, ...(offset === undefined ? {} : { offset: Number(offset) }), ...figures };
}

function normaliseMetadata(given: Metadata): Metadata {
  const metadata = withoutNulls(given);
  return {
    ...metadata,
    format: { provider: metadata.format?.provider ?? 'parquet', options: metadata.format?.options ?? {} },
    partitionColumns: metadata.partitionColumns ?? [],
    configuration: metadata.configuration ?? {},
    ...(metadata.createdTime === undefined ? {} : { createdTime: Number(metadata.createdTime) }),
  };
}

function normaliseProtocol(given: Protocol): Protocol {
  const { minReaderVersion, minWriterVersion, readerFeatures, writerFeatures } = withoutNulls(given);
  return {
    minReaderVersion: figure(minReaderVersion, 'version for readers'),
    minWriterVersion: figure(minWriterVersion, 'version for writers'),
    ...(readerFeatures ? { readerFeatures: readerFeatures.toSorted() } : {}),
    ...(writerFeatures ? { writerFeatures: writerFeatures.toSorted() } : {}),
  };
}

function objectIn(action: unknown): Action {
  if (typeof action === 'object' && action !== null && !Array.isArray(action)) return action;
  throw new TypeError('one of its lines is no object');
}

function text(value: unknown, what: string): string {
  if (typeof value === 'string') return value;
  throw new TypeError(`it has no ${what}`);
}

function figure(value: unknown, what: string): number {
  const number = Number(value ?? Number.NaN);
  if (Number.isFinite(number)) return number;
  throw new TypeError(`it has no ${what}`);
}

/** Of the outermost level only: a null partition value has a meaning. */
function withoutNulls<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== null)) as T;
}
