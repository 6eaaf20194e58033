import { FileNotFoundError } from '../../engines/storage/storage.errors.js';
import type { LakeStorage } from '../../engines/storage/storage.port.js';
import { CorruptLogError } from '../delta.errors.js';
import { parseActions } from './action.js';
import type { Checkpoints } from './checkpoints.js';
import type { CheckpointFiles, LogFiles } from './log-files.js';
import { type LogEntry, TableState, timeOf } from './table-state.js';

/** Entries that are read at the same time once there proves to be more than one. */
const MOST_AT_ONCE = 32;

/** What `_last_checkpoint` says. */
interface Pointer {
  readonly version: number;
  readonly parts?: number | null;
  readonly v2Checkpoint?: { readonly path: string } | null;
}

/** Reads a table's log: single entries, and the state they add up to. */
export class LogReader {
  constructor(
    private readonly table: string,
    private readonly files: LogFiles,
    private readonly storage: LakeStorage,
    private readonly checkpoints: Checkpoints,
  ) {}

  /** @returns undefined when there is no such version, or no longer */
  async entry(version: number): Promise<LogEntry | undefined> {
    const path = this.files.entry(version);
    const bytes = await absentAsUndefined(this.storage.read(path));
    if (!bytes) return undefined;
    const actions = parseActions(bytes.toString('utf8'), path);
    const told = timeOf(actions.find(({ commitInfo }) => commitInfo)?.commitInfo);
    return { version, actions, timestamp: told ?? (await this.writtenAt(path)) };
  }

  /**
   * The entries that follow a version, up to the last one there is. They are asked for by name: listing a long log would
   * cost more than the few entries that are new.
   */
  async *entriesAfter(version: number, last = Infinity): AsyncGenerator<LogEntry> {
    for (let next = version + 1, ahead = 1; next <= last; next += ahead, ahead = Math.min(8 * ahead, MOST_AT_ONCE)) {
      const wanted = Array.from({ length: Math.min(ahead, last - next + 1) }, (_, offset) => this.entry(next + offset));
      for (const entry of await Promise.all(wanted)) {
        if (!entry) return;
        yield entry;
      }
    }
  }

  /** Moves a state on by the entries that follow it. @throws {CorruptLogError} when one cannot be read: what the state is then, is open */
  async follow(state: TableState, last?: number): Promise<void> {
    for await (const entry of this.entriesAfter(state.version, last)) apply(state, entry, this.files.entry(entry.version));
  }

  /** @returns undefined when there is no table. @throws {CorruptLogError} */
  async newest(): Promise<TableState | undefined> {
    const pointed = await this.lastCheckpoint();
    const state = (pointed && (await this.restore(pointed))) ?? (await this.withoutPointer());
    if (!state) return undefined;
    await this.replay(state);
    await this.refuseGap(state.version + 1);
    return state.version < 0 ? undefined : state;
  }

  /** @returns the state at a version; undefined when the log does not reach so far back any more */
  async at(version: number): Promise<TableState | undefined> {
    const checkpoint = await this.checkpointBefore(version);
    const state = (checkpoint && (await this.restore(checkpoint))) ?? this.empty();
    await this.replay(state, version);
    return state.version === version ? state : undefined;
  }

  /** @returns the first version that the log still has an entry for */
  async oldest(): Promise<number> {
    if (await this.storage.exists(this.files.entry(0))) return 0;
    const paths = await this.paths(this.files.folder);
    return paths.map((path) => this.files.versionOf(path)).find((version) => version !== undefined) ?? 0;
  }

  private async replay(state: TableState, last?: number): Promise<void> {
    await this.follow(state, last);
    if (state.version >= 0 && !(state.protocol && state.metadata)) {
      throw new CorruptLogError(this.files.folder, 'it begins without a protocol and a schema');
    }
  }

  /** An entry that is missing between others would hide those behind it, and the next writer would take its place. */
  private async refuseGap(next: number): Promise<void> {
    const later = (await this.storage.list(this.files.folder, this.files.entry(next - 1)))
      .map(({ path }) => this.files.versionOf(path))
      .find((version) => version !== undefined && version >= next);
    if (later === undefined || later === next) return;
    // Those that were written after the replay ended may be listed without the first of them.
    const missing = this.files.entry(next);
    if (!(await this.storage.exists(missing))) throw new CorruptLogError(missing, `it is missing, and version ${later} is there`);
  }

  private async lastCheckpoint(): Promise<CheckpointFiles | undefined> {
    const bytes = await absentAsUndefined(this.storage.read(this.files.lastCheckpoint));
    if (!bytes) return undefined;
    try {
      const { version, parts, v2Checkpoint } = JSON.parse(bytes.toString('utf8')) as Pointer;
      if (v2Checkpoint) return { version, paths: [this.files.folder + v2Checkpoint.path] };
      return { version, paths: parts ? this.files.checkpointParts(version, parts) : [this.files.checkpoint(version)] };
    } catch {
      // It is a hint, and a torn one is no worse than none.
      return undefined;
    }
  }

  private async withoutPointer(): Promise<TableState | undefined> {
    const first = this.files.entry(0);
    if (await this.storage.exists(first)) return this.empty();
    const paths = await this.paths(this.files.folder);
    const [newest] = this.files.checkpointsAmong(paths);
    if (!newest && paths.some((path) => this.files.versionOf(path) !== undefined)) {
      // Another writer may have made the table since we looked for its first entry.
      if (await this.storage.exists(first)) return this.empty();
      throw new CorruptLogError(this.files.folder, 'it has neither a first entry nor a whole checkpoint');
    }
    const state = newest && (await this.restore(newest));
    if (newest && !state) throw new CorruptLogError(newest.paths[0], 'a file that belongs to it is missing');
    return state;
  }

  private async checkpointBefore(version: number): Promise<CheckpointFiles | undefined> {
    for (let digits = 1; ; digits++) {
      const paths = await this.paths(this.files.neighbourhood(version, digits));
      const found = this.files.checkpointsAmong(paths).find((checkpoint) => checkpoint.version <= version);
      if (found || version < 10 ** digits) return found;
    }
  }

  private async restore(checkpoint: CheckpointFiles): Promise<TableState | undefined> {
    const actions = await absentAsUndefined(this.checkpoints.read(this.files, checkpoint));
    if (!actions) return undefined;
    const { version, paths } = checkpoint;
    // A checkpoint has no commitInfo: who made this version, and when, stands in its entry alone.
    const entry = (await this.entry(version)) ?? { actions: [], timestamp: await this.writtenAt(paths[0]) };
    const state = this.empty();
    const remarks = entry.actions.filter(({ commitInfo }) => commitInfo);
    apply(state, { version, timestamp: entry.timestamp, actions: [...actions, ...remarks] }, paths.join(', '));
    return state;
  }

  private empty(): TableState {
    return new TableState(this.table, this.files.tableFolder, this.storage);
  }

  private async paths(prefix: string): Promise<string[]> {
    return (await this.storage.list(prefix)).map(({ path }) => path);
  }

  private async writtenAt(path: string): Promise<Date> {
    return (await this.storage.list(path))[0].modifiedAt;
  }
}

/** @param path of what the actions were read from */
function apply(state: TableState, entry: LogEntry, path: string): void {
  try {
    state.apply(entry);
  } catch (error) {
    throw new CorruptLogError(path, (error as Error).message);
  }
}

async function absentAsUndefined<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof FileNotFoundError) return undefined;
    throw error;
  }
}
