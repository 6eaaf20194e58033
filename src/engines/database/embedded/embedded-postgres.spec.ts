import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import pg from 'pg';
import { DataFolderInUseError } from '../database.errors.js';
import { EmbeddedPostgres } from './embedded-postgres.js';
import { isAlive } from './postmaster.js';
import { waitUntil } from './server-process.js';

describe('EmbeddedPostgres', () => {
  let root: string;
  let folder: string;
  const servers: EmbeddedPostgres[] = [];
  const children: ChildProcess[] = [];

  beforeAll(async () => {
    Logger.overrideLogger(false);
    root = await mkdtemp(join(tmpdir(), 'lab-embedded-'));
    await chmod(root, 0o755);
    folder = join(root, 'postgres');
  });
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    for (const server of servers.splice(0)) await server.stop();
  });
  afterAll(async () => {
    // What a killed child left running stops with one more start.
    await (await EmbeddedPostgres.start(folder)).stop();
    await rm(root, { recursive: true, force: true });
    Logger.overrideLogger(['warn', 'error']);
  });

  const start = async (): Promise<EmbeddedPostgres> => {
    const server = await EmbeddedPostgres.start(folder);
    servers.push(server);
    return server;
  };

  const query = async (url: string, sql: string): Promise<Record<string, unknown>[]> => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      return (await client.query(sql)).rows;
    } finally {
      await client.end();
    }
  };

  /** A process of its own with a server on the folder, to be killed. */
  const spawnChild = (): ChildProcess => {
    const program = ['--import', './test/fixtures/typescript.js', 'test/fixtures/hold-postgres.ts'];
    const child = spawn(process.execPath, [...program, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
    children.push(child);
    return child;
  };
  const startChild = async (): Promise<{ child: ChildProcess; url: string; pid: number }> => {
    const child = spawnChild();
    const [line] = (await once(child.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
    return { child, ...(JSON.parse(line.toString()) as { url: string; pid: number }) };
  };

  const kill = async (child: ChildProcess): Promise<void> => {
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  };

  it('fills an empty folder with a UTF-8 database that only its own password opens', async () => {
    const { url } = await start();
    expect(await query(url, 'SHOW server_encoding')).toEqual([{ server_encoding: 'UTF8' }]);
    const forged = new URL(url);
    forged.password = 'guessed';
    await expect(query(forged.href, 'SELECT 1')).rejects.toThrow('password authentication failed');
    expect((await stat(join(folder, 'password'))).mode & 0o777).toBe(0o600);
  });

  it('listens to this machine alone and keeps every commit on disk', async () => {
    const { url } = await start();
    const settings = `SELECT name, setting FROM pg_settings WHERE name IN ('listen_addresses', 'unix_socket_directories', 'fsync', 'synchronous_commit') ORDER BY 1`;
    expect((await query(url, settings)).map(({ setting }) => setting)).toEqual(['on', '127.0.0.1', 'on', '']);
  });

  it('gives its server none of our environment', async () => {
    const { pid } = await start();
    expect((await readFile(`/proc/${pid}/environ`, 'utf8')).split('\0').sort()).toEqual(['', 'LC_ALL=C', 'PATH=/usr/bin:/bin']);
  });

  it('keeps data and port from one start to the next', async () => {
    const first = await start();
    await query(first.url, `CREATE TABLE kept AS SELECT 'ação' AS word`);
    await servers.pop()?.stop();
    expect(await isAlive(first.pid)).toBe(false);
    const second = await start();
    expect(second.url).toBe(first.url);
    expect(await query(second.url, 'SELECT word FROM kept')).toEqual([{ word: 'ação' }]);
  });

  it('refuses a second process and names the first', async () => {
    const { child } = await startChild();
    const refusal = await EmbeddedPostgres.start(folder).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(DataFolderInUseError);
    expect((refusal as Error).message).toContain(`process ${child.pid}`);
  });

  it('stops the server that a killed process left behind and starts its own', async () => {
    const { child, pid, url } = await startChild();
    await query(url, 'CREATE TABLE committed AS SELECT 1 AS one');
    await kill(child);
    expect(await isAlive(pid)).toBe(true);
    const server = await start();
    expect(await isAlive(pid)).toBe(false);
    expect(await query(server.url, 'SELECT one FROM committed')).toEqual([{ one: 1 }]);
  });

  it.each(['in its start', 'later'])('stops the server of a process that ends %s without waiting for it', async (when) => {
    await (await start()).stop();
    servers.pop();
    const server = async (): Promise<number> =>
      Number((await readFile(join(folder, 'cluster/postmaster.pid'), 'utf8').catch(() => '')).split('\n')[0]);
    const child = when === 'later' ? (await startChild()).child : spawnChild();
    expect(await waitUntil(async () => (await server()) > 0, 20_000)).toBe(true);
    const pid = await server();
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([143, null]);
    expect(await waitUntil(async () => !(await isAlive(pid)), 20_000)).toBe(true);
  });

  it('recovers what was committed when everything was killed at once', async () => {
    const { child, pid, url } = await startChild();
    await query(url, 'CREATE TABLE recovered AS SELECT 1 AS one');
    process.kill(pid, 'SIGKILL');
    await kill(child);
    expect(await query((await start()).url, 'SELECT one FROM recovered')).toEqual([{ one: 1 }]);
  });

  it.each([
    ['when that was killed alone', true],
    ['when that was killed before it was watched', false],
  ])('starts its server again, on the same port, %s', async (_when, watched) => {
    const server = await start();
    if (watched) server.keepRunning();
    const killed = server.pid;
    process.kill(killed, 'SIGKILL');
    if (!watched) {
      await waitUntil(async () => !(await isAlive(killed)), 20_000);
      // Node has to have heard of it too.
      await new Promise((wait) => setTimeout(wait, 100));
      server.keepRunning();
    }
    const answers = (): Promise<boolean> =>
      query(server.url, 'SELECT 1').then(
        () => server.pid !== killed,
        () => false,
      );
    expect(await waitUntil(answers, 20_000)).toBe(true);
  });

  it('is not misled by a postmaster.pid that names a process of somebody else', async () => {
    await start();
    await servers.pop()?.stop();
    await writeFile(join(folder, 'cluster/postmaster.pid'), `${process.pid}\n${folder}/cluster\n1\n5432\n\n127.0.0.1\n`);
    expect(await query((await start()).url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('sets a new password when the file with the old one is gone', async () => {
    const first = await start();
    await servers.pop()?.stop();
    await rm(join(folder, 'password'));
    const second = await start();
    expect(second.url).not.toBe(first.url);
    expect(await query(second.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('says what to do when the password file holds another password', async () => {
    const path = join(folder, 'password');
    const password = await readFile(path, 'utf8');
    await writeFile(path, 'another\n');
    await expect(start()).rejects.toThrow('remove that file to have a new one set');
    await writeFile(path, password);
    await start();
  });

  it('clears away an initialisation that was killed in the middle', async () => {
    const fresh = join(root, 'fresh');
    await mkdir(join(fresh, 'cluster.new-dead/base'), { recursive: true });
    const server = await EmbeddedPostgres.start(fresh);
    await server.stop();
    await expect(stat(join(fresh, 'cluster.new-dead'))).rejects.toThrow('ENOENT');
    await expect(stat(join(fresh, 'cluster/PG_VERSION'))).resolves.toBeDefined();
  });
});
