import { readdir, readFile, readlink, realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { EmbeddedServerError } from '../database.errors.js';
import { waitUntil } from './server-process.js';

/** How long a server may take for each way of being stopped. */
const PATIENCE_MS = { SIGINT: 30_000, SIGQUIT: 5_000, SIGKILL: 5_000 } as const;
const ORPHANS_LEAVE_MS = 3_000;

/** Whether a process exists; one that has died but was not reaped by its parent counts as gone. */
export async function isAlive(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return !/\) [ZX] /.test(stat);
}

/**
 * Stops a server: without waiting for clients first, at once if that takes too long.
 * @returns how it went in the end
 */
export async function stopPostmaster(pid: number): Promise<keyof typeof PATIENCE_MS> {
  for (const signal of ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const) {
    trySignal(pid, signal);
    if (await waitUntil(async () => !(await isAlive(pid)), PATIENCE_MS[signal])) return signal;
  }
  throw new EmbeddedServerError(
    `PostgreSQL (process ${pid}) does not stop, not even when killed`,
    'Look at what the disk below it is doing.',
  );
}

export function trySignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/**
 * Ends what a killed process left running on the cluster, and clears a `postmaster.pid` that speaks of nobody. The caller
 * holds the lock of the folder, so no living process wants that server.
 * @returns the server that was stopped, if there was one
 */
export async function stopLeftover(cluster: string): Promise<number | undefined> {
  const pidFile = join(cluster, 'postmaster.pid');
  const pid = Number((await readFile(pidFile, 'utf8').catch(() => '')).split('\n')[0]);
  const running = pid > 0 && (await isAlive(pid)) && (await isServerOf(cluster, pid));
  if (running) await stopPostmaster(pid);
  await endOrphans(cluster);
  // PostgreSQL believes any process with that id, such as another one after a reboot, or one that nobody reaps.
  if (process.platform === 'linux') await rm(pidFile, { force: true });
  return running ? pid : undefined;
}

/** Ends the programs of PostgreSQL that work in a folder: most leave by themselves when they see that their parent is gone. */
export async function endOrphans(folder: string): Promise<void> {
  const gone = async (): Promise<boolean> => (await programsIn(folder)).length === 0;
  for (const signal of ['SIGINT', 'SIGKILL'] as const) {
    if (await waitUntil(gone, ORPHANS_LEAVE_MS)) return;
    for (const orphan of await programsIn(folder)) trySignal(orphan, signal);
  }
  await waitUntil(gone, PATIENCE_MS.SIGKILL);
}

/** Where the system does not tell what a process is, the word of `postmaster.pid` counts. */
async function isServerOf(cluster: string, pid: number): Promise<boolean> {
  return process.platform !== 'linux' || (await programsIn(cluster)).includes(pid);
}

/** Every process of PostgreSQL works in the folder of its cluster. */
async function programsIn(folder: string): Promise<number[]> {
  const real = await realpath(folder).catch(() => folder);
  const processes = (await readdir('/proc').catch(() => [])).filter((entry) => /^\d+$/.test(entry));
  const found = await Promise.all(processes.map(async (pid) => ((await isProgramIn(real, pid)) ? [Number(pid)] : [])));
  return found.flat();
}

async function isProgramIn(folder: string, pid: string): Promise<boolean> {
  if ((await readlink(`/proc/${pid}/cwd`).catch(() => '')) !== folder) return false;
  return /^(postgres|initdb)/.test(await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => ''));
}
