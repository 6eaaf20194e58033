import type { LakeStorage, StoredFile } from '../../engines/storage/storage.port.js';
import { TableNotFoundError } from '../delta.errors.js';
import type { CleanedLog } from '../delta.types.js';
import type { Checkpoints } from '../log/checkpoints.js';
import { LogFiles } from '../log/log-files.js';
import { logRetention } from '../log/retention.js';
import type { TableLog } from '../log/table-log.js';
import { baseOf } from '../write/basis.js';

/** Processes trust what they know of a log for ten minutes: what is younger than this stays, whatever the table says. */
const LEAST_RETENTION_MS = 3_600_000;

/**
 * Removes the entries and checkpoints of versions that are older than the table keeps them. A checkpoint stays from which
 * every younger version can be read, with all that comes after it; without one nothing is removed.
 */
export async function cleanLog(
  log: TableLog,
  { storage, checkpoints }: { storage: LakeStorage; checkpoints: Checkpoints },
  now: number,
): Promise<CleanedLog> {
  const { version, retention } = await log.latest((state) => {
    if (!state) throw new TableNotFoundError(log.table);
    baseOf(log.table, state);
    return { version: state.version, retention: logRetention(state.metadata) };
  });
  const files = new LogFiles(log.folder);
  const stored = await storage.list(files.folder);
  const cutoff = now - Math.max(retention, LEAST_RETENTION_MS);
  const young = stored.find(({ path, modifiedAt }) => files.versionOf(path) !== undefined && modifiedAt.getTime() >= cutoff);
  const needed = young ? (files.versionOf(young.path) as number) : version;
  const kept = files.checkpointsAmong(stored.map(({ path }) => path)).find((checkpoint) => checkpoint.version <= needed);
  const old = kept ? stored.filter(({ path }) => (versionIn(files, path) ?? Infinity) < kept.version) : [];
  if (!kept || old.length === 0) return { table: log.table, files: 0, bytes: 0, oldestVersion: oldest(files, stored) };
  // What cannot be read must not become all that is left.
  await checkpoints.read(files, kept);
  // The oldest first and one by one: a log that loses its power in between begins later, but has no holes.
  for (const { path } of old) await storage.remove(path);
  const bytes = old.reduce((sum, file) => sum + file.bytes, 0);
  return { table: log.table, files: old.length, bytes, oldestVersion: kept.version };
}

/** The version of an entry, a checkpoint, a checksum or a compacted entry: every name begins with it. */
function versionIn({ folder }: LogFiles, path: string): number | undefined {
  const [, version] = /^(\d{20})\.[a-z0-9.-]+$/.exec(path.slice(folder.length)) ?? [];
  return version === undefined ? undefined : Number(version);
}

const oldest = (files: LogFiles, stored: readonly StoredFile[]): number =>
  stored.map(({ path }) => files.versionOf(path)).find((version) => version !== undefined) ?? 0;
