import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile, rename, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { EmbeddedServerError } from '../database.errors.js';
import type { Binaries } from './binaries.js';
import { OWNER_ROLE } from './cluster.js';
import { stopPostmaster, trySignal } from './postmaster.js';
import { processOptions } from './server-process.js';
import type { ServerUser } from './server-user.js';

const LOG_BYTES = 16 * 1024 * 1024;
const WRONG_PASSWORD = '28P01';

/** What a server needs to be started. */
export interface Site {
  readonly cluster: string;
  readonly user: ServerUser | undefined;
  readonly binaries: Binaries;
  readonly password: string;
  readonly settings: Readonly<Record<string, string>>;
}

/** A server that lets clients in. */
export interface RunningServer {
  readonly pid: number;
  readonly port: number;
  readonly process: ChildProcess;
}

export const hasEnded = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode !== null || signalCode !== null;

/** @param database that the URL names; the role is the owner of the cluster */
export const urlOf = (port: number, password: string, database: string): string =>
  `postgres://${OWNER_ROLE}:${password}@127.0.0.1:${port}/${database}`;

/**
 * Starts the server and waits until it lets clients in, however long its recovery takes.
 * @param only the port that it must have; without one it takes that of the last start, since people write it into their tools, or
 * another when that one is taken
 * @throws {EmbeddedServerError} with what the server wrote before it ended
 */
export async function launch(site: Site, only?: number): Promise<RunningServer> {
  for (let attempt = 0; ; attempt++) {
    const port = only ?? (await freePort(attempt === 0 ? await lastPort(site.cluster) : 0));
    const logged = await logSize(site);
    const server = await spawnServer(site, port);
    const failure = await untilReady(server, urlOf(port, site.password, 'postgres'));
    if (failure === undefined) return { pid: server.pid as number, port, process: server };
    const said = await logSince(site, logged);
    if (server.pid !== undefined && !hasEnded(server)) await stopPostmaster(server.pid);
    // Between our look at the port and the server's, somebody else took it.
    if (attempt < 3 && only === undefined && /could not bind/.test(said)) continue;
    throw new EmbeddedServerError(
      `PostgreSQL did not start on ${site.cluster}: ${failure}. It wrote: ${said || 'nothing'}`,
      'Mend what it says and start again.',
    );
  }
}

async function lastPort(cluster: string): Promise<number> {
  const options = await readFile(join(cluster, 'postmaster.opts'), 'utf8').catch(() => '');
  return Number(/"-p" "(\d+)"/.exec(options)?.[1] ?? 0);
}

async function freePort(wanted: number): Promise<number> {
  const probe = createServer();
  try {
    probe.listen(wanted, '127.0.0.1');
    await once(probe, 'listening');
    return (probe.address() as { port: number }).port;
  } catch {
    return freePort(0);
  } finally {
    probe.close();
  }
}

const logPath = ({ cluster }: Site): string => join(dirname(cluster), 'server.log');

async function logSize(site: Site): Promise<number> {
  const { size } = await stat(logPath(site)).catch(() => ({ size: 0 }));
  if (size <= LOG_BYTES) return size;
  await rename(logPath(site), `${logPath(site)}.1`);
  return 0;
}

async function logSince(site: Site, position: number): Promise<string> {
  const written = await readFile(logPath(site)).catch(() => Buffer.of());
  return written.subarray(position).toString().trim().split('\n').slice(-3).join('; ');
}

async function spawnServer(site: Site, port: number): Promise<ChildProcess> {
  const log = await open(logPath(site), 'a', 0o600);
  const settings = Object.entries(site.settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  try {
    const server = spawn(site.binaries.postgres, ['-D', site.cluster, '-p', String(port), ...settings], {
      ...processOptions(site.user, site.cluster),
      // A session of its own: Ctrl-C in our terminal must not stop the database before we have drained.
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
    });
    // Without a listener a program that cannot be executed would end this process.
    server.on('error', () => undefined);
    server.unref();
    endWithUs(server);
    return server;
  } finally {
    await log.close();
  }
}

/** In the last moment of this process, when nothing can be awaited any more, tells the server to stop and looks away. */
function endWithUs(server: ChildProcess): void {
  const { pid } = server;
  if (pid === undefined) return;
  const end = (): void => trySignal(pid, 'SIGINT');
  process.once('exit', end);
  // A process id is only ours until the process was reaped.
  server.once('exit', () => process.off('exit', end));
}

/** @returns why it will never be ready, or undefined when it is */
async function untilReady(server: ChildProcess, url: string): Promise<string | undefined> {
  for (;;) {
    if (server.pid === undefined) return `${server.spawnfile} cannot be executed`;
    if (hasEnded(server)) return `it ended with ${server.signalCode ?? `code ${server.exitCode}`}`;
    const client = new pg.Client({ connectionString: url });
    // It may be killed in the moment in which it lets us in.
    client.on('error', () => undefined);
    try {
      await client.connect();
      return undefined;
    } catch (error) {
      if ((error as { code?: string }).code === WRONG_PASSWORD) {
        return 'its password is not the one in the file "password" beside it; remove that file to have a new one set';
      }
    } finally {
      await client.end().catch(() => undefined);
    }
    await new Promise((wait) => setTimeout(wait, 20));
  }
}
