import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rm, stat, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { PathOutsideStorageError } from './storage.errors.js';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const HOST = hostname().replaceAll('~', '-');

/**
 * The folder `.staging` below a root, on the same file system as the files that will be moved out of it. Several processes
 * may share it, also of several machines: the name of an entry says whose it is, `<host>~<pid>~<uuid>`.
 */
export class StagingArea {
  private constructor(private readonly folder: string) {}

  /** Removes what dead processes left behind. */
  static async open(folder: string): Promise<StagingArea> {
    await mkdir(folder, { recursive: true });
    for (const name of await readdir(folder)) {
      const path = join(folder, name);
      if (await isAbandoned(path)) await rm(path, { recursive: true, force: true });
    }
    return new StagingArea(folder);
  }

  /** A path that nobody else uses, with nothing there yet. */
  newPath(): string {
    return join(this.folder, `${HOST}~${process.pid}~${randomUUID()}`);
  }

  /** A {@link newPath} for as long as this process lives: other machines see by its age that it does, though it stays unchanged. */
  lastingPath(): string {
    const path = this.newPath();
    setInterval(() => void touch(path), HOUR_MS).unref();
    return path;
  }

  /** A new empty folder. */
  async stage(): Promise<string> {
    const folder = this.newPath();
    await mkdir(folder);
    return folder;
  }

  /** @throws {PathOutsideStorageError} for a folder that {@link stage} never gave */
  async discard(folder: string): Promise<void> {
    const isOurs = dirname(folder) === this.folder && basename(folder).split('~').length === 3;
    if (!isOurs) throw new PathOutsideStorageError(folder);
    await rm(folder, { recursive: true, force: true });
  }
}

async function isAbandoned(path: string): Promise<boolean> {
  const [host, pid, id] = basename(path).split('~');
  const entry = await stat(path).catch(() => undefined);
  if (!entry || id === undefined) return false;
  if (host !== HOST) return Date.now() - entry.mtimeMs > DAY_MS;
  // A container's process has the same number at every start: what is older than this process is not its own.
  if (Number(pid) === process.pid) return entry.mtimeMs < Date.now() - process.uptime() * 1000;
  return !isAlive(Number(pid));
}

/** What is not there has no age. */
const touch = (path: string): Promise<void> => utimes(path, new Date(), new Date()).catch(() => undefined);

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
