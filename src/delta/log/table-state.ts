import type { LakeStorage } from '../../engines/storage/storage.port.js';
import { deletionVectorOf, vectorId } from '../deletion/vector-descriptor.js';
import type { DataFile, Snapshot } from '../delta.types.js';
import { columnMapping, mapsColumns, physicalName } from '../schema/column-mapping.js';
import type { StructField } from '../schema/delta-type.js';
import { readStatistics } from '../schema/file-statistics.js';
import { shownConstraints } from '../schema/row-rules.js';
import { columnsOf, parseSchema } from '../schema/table-schema.js';
import type { Action, AddFile, CommitInfo, Metadata, Protocol, RemoveFile, Txn } from './action.js';
import { resolvePath } from './file-path.js';
import { tombstoneRetention } from './retention.js';

/** A version as its entry in the log has it. */
export interface LogEntry {
  readonly version: number;
  readonly timestamp: Date;
  readonly actions: readonly Action[];
}

interface LoggedFile {
  readonly add: AddFile;
  readonly file: DataFile;
}

/**
 * What the log adds up to so far (Delta protocol, "Action Reconciliation"). It moves forward in place, one entry at a time,
 * so that a commit costs what the commit holds, however many files the table has.
 */
export class TableState {
  version = -1;
  timestamp = new Date(0);
  protocol!: Protocol;
  metadata!: Metadata;
  fields: readonly StructField[] = [];
  /** The last version that added or removed files; the checkpoint's own where it came from a checkpoint. */
  filesChangedIn = -1;
  /** The same without versions that only moved rows from one file to another. */
  rowsChangedIn = -1;
  private readonly live = new Map<string, LoggedFile>();
  private readonly tombstones = new Map<string, RemoveFile>();
  private readonly txns = new Map<string, Txn>();
  private info: Readonly<Record<string, unknown>> = {};
  private rows = 0;
  private bytes = 0;
  private shown?: Snapshot;

  constructor(
    private readonly table: string,
    private readonly folder: string,
    private readonly storage: LakeStorage,
  ) {}

  apply({ version, timestamp, actions }: LogEntry): void {
    for (const action of actions) this.applyAction(action, version);
    this.version = version;
    this.timestamp = timestamp;
    this.info = actions.find((action) => action.commitInfo)?.commitInfo?.lab ?? {};
    this.shown = undefined;
  }

  /** @returns the last version that an application recorded */
  recorded(appId: string): number | undefined {
    return this.txns.get(appId)?.version;
  }

  has(file: AddFile): boolean {
    const found = this.live.get(this.pathOf(file.path));
    return found !== undefined && vectorId(found.add) === vectorId(file);
  }

  /** The files of this version, in the order of {@link Snapshot.files}. */
  adds(): AddFile[] {
    return Array.from(this.live.values(), ({ add }) => add);
  }

  /** @returns the paths of the files of this version, and of those that were removed at a time or later, with their vectors */
  filesSince(time: number): ReadonlySet<string> {
    const removed = [...this.tombstones.values()].filter(({ deletionTimestamp = 0 }) => deletionTimestamp >= time);
    const files = [...Array.from(this.live.values(), ({ add }) => add), ...removed];
    const paths = files.flatMap((file) => [this.pathOf(file.path), deletionVectorOf(file, (uri) => this.pathOf(uri))?.path]);
    return new Set(paths.filter((path) => path !== undefined));
  }

  snapshot(): Snapshot {
    this.shown ??= {
      table: this.table,
      version: this.version,
      timestamp: this.timestamp,
      rowsChangedIn: this.rowsChangedIn,
      ...(this.metadata.description === undefined ? {} : { description: this.metadata.description }),
      columns: columnsOf(this.fields),
      partitionColumns: this.metadata.partitionColumns,
      ...this.mapping(),
      constraints: shownConstraints(this.metadata),
      files: Array.from(this.live.values(), ({ file }) => this.named(file)),
      rows: this.rows,
      bytes: this.bytes,
      txns: new Map(Array.from(this.txns.values(), ({ appId, version }) => [appId, version])),
      info: this.info,
    };
    return this.shown;
  }

  /** Everything that a checkpoint of this version holds. Tombstones past their time are left out, and forgotten. */
  checkpoint(now: number): Action[] {
    const retention = tombstoneRetention(this.metadata);
    for (const [key, { deletionTimestamp = 0 }] of this.tombstones) {
      if (deletionTimestamp < now - retention) this.tombstones.delete(key);
    }
    return [
      ...(this.metadata.configuration['delta.checkpointPolicy'] === 'v2'
        ? [{ checkpointMetadata: { version: this.version } }]
        : []),
      { protocol: this.protocol },
      { metaData: this.metadata },
      ...Array.from(this.txns.values(), (txn) => ({ txn })),
      ...Array.from(this.live.values(), ({ add }) => ({ add: { ...add, dataChange: false } })),
      ...Array.from(this.tombstones.values(), ({ stats: _, ...remove }) => ({ remove: { ...remove, dataChange: false } })),
    ];
  }

  private pathOf(uri: string): string {
    return resolvePath(this.folder, uri, this.storage);
  }

  private mapping(): Pick<Snapshot, 'mapping'> {
    return mapsColumns(this) ? { mapping: columnMapping(this.fields, this.metadata) } : {};
  }

  /** A file whose partition values have the names of the columns as they are now. */
  private named(file: DataFile): DataFile {
    if (!mapsColumns(this)) return file;
    const values = this.fields.map((field) => [field.name, file.partitionValues[physicalName(field)]]);
    return { ...file, partitionValues: Object.fromEntries(values.filter(([, value]) => value !== undefined)) };
  }

  private applyAction({ protocol, metaData, txn, add, remove }: Action, version: number): void {
    if (protocol) this.protocol = protocol;
    if (metaData) {
      this.metadata = metaData;
      this.fields = parseSchema(metaData.schemaString);
    }
    if (txn) this.txns.set(txn.appId, txn);
    if (add) this.add(add);
    if (remove) this.remove(remove);
    const file = add ?? remove;
    if (!file) return;
    this.filesChangedIn = version;
    // A checkpoint, which comes first, does not say who changed rows: it may have been the last version.
    if (file.dataChange || this.version < 0) this.rowsChangedIn = version;
  }

  private add(add: AddFile): void {
    const path = this.pathOf(add.path);
    const rows = liveRows(add);
    const deletionVector = deletionVectorOf(add, (uri) => this.pathOf(uri));
    this.drop(path);
    this.tombstones.delete(path + vectorId(add));
    this.live.set(path, {
      add,
      file: {
        path,
        ...(rows === undefined ? {} : { rows }),
        bytes: add.size,
        modifiedAt: new Date(add.modificationTime),
        partitionValues: add.partitionValues,
        ...(deletionVector === undefined ? {} : { deletionVector }),
        ...(add.stats === undefined ? {} : { stats: add.stats }),
      },
    });
    this.rows += rows ?? 0;
    this.bytes += add.size;
  }

  private remove(remove: RemoveFile): void {
    const path = this.pathOf(remove.path);
    const id = vectorId(remove);
    const live = this.live.get(path);
    // The same file with another vector is another file: it takes the place of this one in the same commit.
    if (live && vectorId(live.add) === id) this.drop(path);
    this.tombstones.set(path + id, remove);
  }

  private drop(path: string): void {
    const dropped = this.live.get(path);
    if (!dropped) return;
    this.live.delete(path);
    this.rows -= dropped.file.rows ?? 0;
    this.bytes -= dropped.file.bytes;
  }
}

/** @returns the time that a commit gives for itself; undefined when it gives none */
export function timeOf({ inCommitTimestamp, timestamp }: CommitInfo = {}): Date | undefined {
  const time = inCommitTimestamp ?? timestamp;
  return time === undefined ? undefined : new Date(time);
}

/** Rows of a file that count; undefined when whoever wrote it did not count. */
export function liveRows({ stats, deletionVector }: Pick<AddFile, 'stats' | 'deletionVector'>): number | undefined {
  const stored = countRows(stats);
  return stored === undefined ? undefined : stored - (deletionVector?.cardinality ?? 0);
}

/** Rows in a file, with those that count as removed. */
export function countRows(stats: string | undefined): number | undefined {
  if (stats === undefined) return undefined;
  // Nearly everybody writes it first, and a table has many files: parsing all of their statistics would take longer than the log.
  const [, first] = /^\{"numRecords":(\d+)/.exec(stats) ?? [];
  if (first) return Number(first);
  const { numRecords } = readStatistics(stats);
  return typeof numRecords === 'number' ? numRecords : undefined;
}
