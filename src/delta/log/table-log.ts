import type { LakeStorage } from '../../engines/storage/storage.port.js';
import { CorruptLogError, TableNotFoundError, VersionNotFoundError } from '../delta.errors.js';
import type { PointInTime, Snapshot } from '../delta.types.js';
import { type Action, serialiseActions } from './action.js';
import type { Checkpoints } from './checkpoints.js';
import { LogFiles } from './log-files.js';
import { LogReader } from './log-reader.js';
import { assertReadable } from './protocol.js';
import { type LogEntry, TableState, timeOf } from './table-state.js';

const CHECKPOINT_EVERY = 10;
/** A state that nobody refreshed for so long is read anew: meanwhile the entries after it may have been cleaned away. */
const TRUSTED_MS = 10 * 60_000;
const ENTRIES_AT_ONCE = 16;

/** The outcome of a commit, and the checkpoint that is due after it. */
export interface Committed {
  readonly entry: LogEntry;
  readonly checkpoint?: { readonly version: number; readonly actions: readonly Action[] };
}

interface Stop<T> {
  readonly stop: T;
}

export type Proposed<T> = { readonly actions: readonly Action[] } | Stop<T>;

/** The log of one table, with its newest state kept in memory. */
export class TableLog {
  private readonly files: LogFiles;
  private readonly reader: LogReader;
  private state?: TableState;
  private refreshedAt = 0;
  private turn: Promise<unknown> = Promise.resolve();

  constructor(
    readonly table: string,
    readonly folder: string,
    private readonly storage: LakeStorage,
    private readonly checkpoints: Checkpoints,
  ) {
    this.files = new LogFiles(folder);
    this.reader = new LogReader(table, this.files, storage, checkpoints);
  }

  /** Refreshes the state and shows it. It moves on afterwards: take from it what you need before you return. */
  latest<T>(look: (state: TableState | undefined) => T): Promise<T> {
    return this.inTurn(async () => {
      await this.refresh();
      return look(this.state);
    });
  }

  /** @throws {TableNotFoundError} @throws {VersionNotFoundError} @throws {UnsupportedFeatureError} */
  async snapshot(at?: PointInTime): Promise<Snapshot> {
    const newest = await this.latest(
      (state) => state && { version: state.version, timestamp: state.timestamp, snapshot: this.readable(state) },
    );
    if (!newest) throw new TableNotFoundError(this.table);
    if (at === undefined) return newest.snapshot;
    const version = 'version' in at ? at.version : await this.versionAt(at.timestamp, newest);
    return version === newest.version ? newest.snapshot : this.readable(await this.stateOf(version, newest.version));
  }

  /**
   * @returns a state that does not move on
   * @throws {TableNotFoundError} @throws {VersionNotFoundError} @throws {UnsupportedFeatureError}
   */
  async stateAt(at: PointInTime): Promise<TableState> {
    const newest = await this.latest((state) => state && { version: state.version, timestamp: state.timestamp });
    if (!newest) throw new TableNotFoundError(this.table);
    const version = 'version' in at ? at.version : await this.versionAt(at.timestamp, newest);
    const state = await this.stateOf(version, newest.version);
    assertReadable(this.table, state);
    return state;
  }

  /**
   * Adds one entry to the log. Who loses the race for a version reads what the others wrote and tries the next one.
   * @param propose what to commit on top of a state (undefined: there is no table yet), or why to stop; called again after
   *   a lost race. What it throws ends the attempt.
   */
  commit<T>(propose: (state: TableState | undefined) => Proposed<T>): Promise<Committed | Stop<T>> {
    return this.inTurn(async () => {
      // Where the next entry was cleaned away, its name is free again.
      if (this.isStale()) await this.refresh();
      for (;;) {
        const proposed = propose(this.state);
        if ('stop' in proposed) return proposed;
        const version = (this.state?.version ?? -1) + 1;
        const entry = Buffer.from(serialiseActions(proposed.actions));
        if (await this.storage.create(this.files.entry(version), entry)) return this.advance(version, proposed.actions);
        await this.refresh();
      }
    });
  }

  async writeCheckpoint({ version, actions }: NonNullable<Committed['checkpoint']>): Promise<void> {
    await this.checkpoints.write(this.files, version, actions);
  }

  /** @returns the entries from the newest to the oldest that is left */
  async history(limit: number): Promise<LogEntry[]> {
    const newest = await this.latest((state) => state?.version);
    if (newest === undefined) throw new TableNotFoundError(this.table);
    return this.entries(Array.from({ length: Math.min(limit, newest + 1) }, (_, back) => newest - back));
  }

  /**
   * @param versions from the newest to the oldest
   * @returns the entries of those that are left: a log is cleaned from its beginning
   */
  async entries(versions: readonly number[]): Promise<LogEntry[]> {
    const found: LogEntry[] = [];
    for (let from = 0; from < versions.length; from += ENTRIES_AT_ONCE) {
      const some = versions.slice(from, from + ENTRIES_AT_ONCE);
      const entries = await Promise.all(some.map((version) => this.reader.entry(version)));
      found.push(...entries.filter((entry) => entry !== undefined));
      if (entries.includes(undefined)) break;
    }
    return found;
  }

  private async stateOf(version: number, newest: number): Promise<TableState> {
    const exists = Number.isInteger(version) && version >= 0 && version <= newest;
    const state = exists ? await this.reader.at(version) : undefined;
    if (!state) throw new VersionNotFoundError(this.table, `version ${version}`, newest);
    return state;
  }

  private readable(state: TableState): Snapshot {
    assertReadable(this.table, state);
    return state.snapshot();
  }

  private isStale(): boolean {
    return Date.now() - this.refreshedAt > TRUSTED_MS;
  }

  private async refresh(): Promise<void> {
    const now = Date.now();
    if (!this.state || this.isStale()) this.state = await this.reader.newest();
    else await this.follow(this.state);
    this.refreshedAt = now;
  }

  /** A state that took half of an entry is no state any more. */
  private async follow(state: TableState): Promise<void> {
    try {
      await this.reader.follow(state);
    } catch (error) {
      if (error instanceof CorruptLogError) [this.state, this.refreshedAt] = [undefined, 0];
      throw error;
    }
  }

  private advance(version: number, actions: readonly Action[]): Committed {
    const timestamp = timeOf(actions.find(({ commitInfo }) => commitInfo)?.commitInfo) ?? new Date();
    const entry = { version, timestamp, actions };
    this.state ??= new TableState(this.table, this.files.tableFolder, this.storage);
    this.state.apply(entry);
    const { configuration } = this.state.metadata;
    const every = Number(configuration['delta.checkpointInterval']) || CHECKPOINT_EVERY;
    // Others ask for checkpoints with statistics in columns of their own: theirs to write.
    const classic =
      configuration['delta.checkpoint.writeStatsAsJson'] !== 'false' &&
      configuration['delta.checkpoint.writeStatsAsStruct'] !== 'true';
    const due = classic && version > 0 && version % every === 0;
    return due ? { entry, checkpoint: { version, actions: this.state.checkpoint(Date.now()) } } : { entry };
  }

  /** Bisects by the times that the commits give for themselves, which a copy of the table keeps and a file's age does not. */
  private async versionAt(timestamp: Date, newest: { version: number; timestamp: Date }): Promise<number> {
    if (timestamp >= newest.timestamp) return newest.version;
    let before = (await this.reader.oldest()) - 1;
    const oldest = before;
    for (let after = newest.version; after - before > 1;) {
      const middle = Math.floor((before + after) / 2);
      const entry = await this.reader.entry(middle);
      if (entry && entry.timestamp <= timestamp) before = middle;
      else after = middle;
    }
    if (before === oldest) {
      throw new VersionNotFoundError(this.table, `version as old as ${timestamp.toJSON()}`, newest.version);
    }
    return before;
  }

  /** One after the other, so that this process never races itself for a version. */
  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.turn.then(work);
    this.turn = mine.catch(() => undefined);
    return mine;
  }
}
