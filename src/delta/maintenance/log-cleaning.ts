import type { LakeStorage, StoredFile } from '../../engines/storage/storage.port.js';
import { TableNotFoundError } from '../delta.errors.js';
import type { CleanedLog } from '../delta.types.js';
import type { Checkpoints } from '../log/checkpoints.js';
import { type CheckpointFiles, LogFiles } from '../log/log-files.js';
import { logRetention } from '../log/retention.js';
import type { TableLog } from '../log/table-log.js';
import { baseOf } from '../write/basis.js';

/** Processes trust what they know of a log for ten minutes: what is younger than this stays, whatever the table says. */
const LEAST_RETENTION_MS = 3_600_000;

interface LogAccess {
  readonly storage: LakeStorage;
  readonly checkpoints: Checkpoints;
}

/**
 * Removes the entries and checkpoints of versions that are older than the table keeps them, and files that only those checkpoints
 * named. A checkpoint stays from which every younger version can be read, with all that comes after it; without one nothing is
 * removed.
 */
export async function cleanLog(log: TableLog, access: LogAccess, now: number): Promise<CleanedLog> {
  const { version, retention } = await log.latest((state) => {
    if (!state) throw new TableNotFoundError(log.table);
    baseOf(log.table, state);
    return { version: state.version, retention: logRetention(state.metadata) };
  });
  const files = new LogFiles(log.folder);
  const stored = await access.storage.list(files.folder);
  const cutoff = now - Math.max(retention, LEAST_RETENTION_MS);
  const young = stored.find(({ path, modifiedAt }) => files.versionOf(path) !== undefined && modifiedAt.getTime() >= cutoff);
  const needed = young ? (files.versionOf(young.path) as number) : version;
  const all = files.checkpointsAmong(stored.map(({ path }) => path));
  const first = all.find((checkpoint) => checkpoint.version <= needed);
  if (!first) return { table: log.table, files: 0, bytes: 0, oldestVersion: oldest(files, stored) };
  const aged = stored.filter(({ modifiedAt }) => modifiedAt.getTime() < cutoff);
  const kept = all.filter((checkpoint) => checkpoint.version >= first.version);
  const old = [
    ...stored.filter(({ path }) => (versionIn(files, path) ?? Infinity) < first.version),
    ...(await unnamedSidecars(files, aged, kept, access)),
  ];
  if (old.length === 0) return { table: log.table, files: 0, bytes: 0, oldestVersion: oldest(files, stored) };
  // What cannot be read must not become all that is left.
  await access.checkpoints.read(files, first);
  // The oldest first and one by one: a log that loses its power in between begins later, but has no holes.
  for (const { path } of old) await access.storage.remove(path);
  const bytes = old.reduce((sum, file) => sum + file.bytes, 0);
  return { table: log.table, files: old.length, bytes, oldestVersion: first.version };
}

/** A young one may belong to a checkpoint that another writer is just about to write. */
async function unnamedSidecars(
  files: LogFiles,
  aged: readonly StoredFile[],
  kept: readonly CheckpointFiles[],
  { checkpoints }: LogAccess,
): Promise<StoredFile[]> {
  const sidecars = aged.filter(({ path }) => path.startsWith(files.sidecarFolder));
  if (sidecars.length === 0) return [];
  const named = await Promise.all(kept.map((checkpoint) => checkpoints.sidecars(files, checkpoint)));
  const needed = new Set(named.flat());
  return sidecars.filter(({ path }) => !needed.has(path));
}

/** The version of an entry, a checkpoint, a checksum or a compacted entry: every name begins with it. */
function versionIn({ folder }: LogFiles, path: string): number | undefined {
  const [, version] = /^(\d{20})\.[a-z0-9.-]+$/.exec(path.slice(folder.length)) ?? [];
  return version === undefined ? undefined : Number(version);
}

const oldest = (files: LogFiles, stored: readonly StoredFile[]): number =>
  stored.map(({ path }) => files.versionOf(path)).find((version) => version !== undefined) ?? 0;
