import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

const HOST = hostname().replaceAll('~', '-');

/** A name below the folder for what DuckDB spills, its own for each instance; those of processes that died are removed. */
export async function spillFolder(parent: string): Promise<string> {
  await mkdir(parent, { recursive: true });
  for (const name of await readdir(parent)) {
    const [kind, host, pid] = name.split('~');
    if (kind !== 'duckdb' || host !== HOST) continue;
    const path = join(parent, name);
    if (await isAbandoned(path, Number(pid))) await rm(path, { recursive: true, force: true });
  }
  return join(parent, `duckdb~${HOST}~${process.pid}~${randomUUID()}`);
}

async function isAbandoned(path: string, pid: number): Promise<boolean> {
  if (pid !== process.pid) return !isAlive(pid);
  // A container's process has the same number at every start: what is older than this process is not its own.
  const folder = await stat(path).catch(() => undefined);
  return folder !== undefined && folder.mtimeMs < Date.now() - process.uptime() * 1000;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
