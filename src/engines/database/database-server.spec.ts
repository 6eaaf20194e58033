import { connect, createServer } from 'node:net';
import { Logger } from '@nestjs/common';
import pg from 'pg';
import { freePort } from '../../../test/fixtures/free-port.js';
import { openTestDatabase } from '../../../test/fixtures/postgres.js';
import type { LabConfig } from '../../config/lab-config.js';
import { DatabaseUnreachableError } from './database.errors.js';
import { DatabaseServer } from './database-server.js';

const open = (databaseUrl: string, patienceMs?: number): Promise<DatabaseServer> =>
  DatabaseServer.open({ databaseUrl } as LabConfig, patienceMs);

const query = async (url: string, sql: string): Promise<Record<string, unknown>[]> => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
};

describe('DatabaseServer of DATABASE_URL', () => {
  let server: { url: string; close(): Promise<void> };
  beforeAll(async () => {
    Logger.overrideLogger(false);
    server = await openTestDatabase();
  });
  afterAll(async () => {
    await server.close();
    Logger.overrideLogger(['warn', 'error']);
  });

  it('puts the schema of the lab in front of the search path', async () => {
    const { url, embedded } = await open(server.url);
    expect(embedded).toBe(false);
    expect(await query(url, 'SHOW search_path')).toEqual([{ search_path: 'lab,public' }]);
  });

  it('leaves options alone that the owner of the URL has set', async () => {
    const { url } = await open(`${server.url}?options=-c%20search_path%3Dmine`);
    expect(await query(url, 'SHOW search_path')).toEqual([{ search_path: 'mine' }]);
  });

  it('passes on a password with every awkward character', async () => {
    const password = `p+a/s:s@w %?#&'`;
    await query(server.url, `CREATE ROLE awkward LOGIN PASSWORD '${password.replace("'", "''")}'`);
    const url = new URL(server.url);
    url.username = 'awkward';
    url.password = encodeURIComponent(password);
    const opened = await open(url.href);
    expect(await query(opened.url, 'SELECT current_user AS me')).toEqual([{ me: 'awkward' }]);
    await query(server.url, 'DROP ROLE awkward');
  });

  it('says at once that the password is wrong, without telling it', async () => {
    const url = new URL(server.url);
    url.password = 'secret-of-mine';
    const failure = await open(url.href, 60_000).catch((error: unknown) => error as Error);
    expect(failure).toBeInstanceOf(DatabaseUnreachableError);
    expect((failure as Error).message).toContain(`127.0.0.1:${url.port}`);
    expect((failure as Error).message).toContain('password authentication failed');
    expect((failure as Error).message).not.toContain('secret-of-mine');
  });

  it('says at once that there is no such database', async () => {
    const url = new URL(server.url);
    url.pathname = '/nothing';
    await expect(open(url.href, 60_000)).rejects.toThrow('database "nothing" does not exist');
  });

  it('gives up on a host that does not answer after a while', async () => {
    const port = await freePort();
    await expect(open(`postgres://lab:lab@127.0.0.1:${port}/lab`, 300)).rejects.toThrow(
      `PostgreSQL at 127.0.0.1:${port}/lab does not let us in`,
    );
  });

  it('waits for a server that starts a moment later', async () => {
    const url = new URL(server.url);
    const relay = createServer((from) => from.pipe(connect(Number(new URL(server.url).port), '127.0.0.1')).pipe(from));
    const late = await freePort();
    url.port = String(late);
    const opening = open(url.href, 10_000);
    await new Promise((wait) => setTimeout(wait, 500));
    relay.listen(late, '127.0.0.1');
    expect((await opening).address).toBe(`127.0.0.1:${late}${url.pathname}`);
    relay.close();
  });
});
