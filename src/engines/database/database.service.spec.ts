import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Test, type TestingModule } from '@nestjs/testing';
import type pg from 'pg';
import { DataSource } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import { openTestDatabase, testDatabaseModules } from '../../../test/fixtures/postgres.js';
import { Database } from './database.service.js';
import { isAlive } from './embedded/postmaster.js';

describe('Database', () => {
  const start = (url?: string, dataDir?: string): Promise<TestingModule> =>
    Test.createTestingModule({ imports: testDatabaseModules(url, dataDir === undefined ? {} : { dataDir }) }).compile();

  it('answers a ping through the pool, in milliseconds', async () => {
    const server = await openTestDatabase();
    const module = await start(server.url);
    const elapsed = await module.get(Database).ping();
    expect(elapsed).toBeGreaterThan(0);
    expect(elapsed).toBeLessThan(1000);
    await module.close();
    await server.close();
  });

  it('outlives a connection that the server ends in the moment in which it is made', async () => {
    const server = await openTestDatabase();
    const module = await start(server.url);
    const { master } = module.get(DataSource).driver as PostgresDriver;
    // Two at once, of which one at least is new. As TypeORM gets them, before it has listened to them.
    const endings = [1, 2].map(
      () =>
        new Promise<boolean>((resolve) =>
          (master as pg.Pool).connect((_error, client, release) => {
            setTimeout(() => release(true), 100);
            resolve((client?.listenerCount('error') ?? 0) > 0);
          }),
        ),
    );
    expect(await Promise.all(endings)).toEqual([true, true]);
    await module.close();
    await server.close();
  });

  it('means the tables of the lab by a name without a schema', async () => {
    const server = await openTestDatabase();
    const module = await start(server.url);
    expect(await module.get(DataSource).query('SELECT count(*)::int AS events FROM events')).toEqual([{ events: 0 }]);
    await module.close();
    await server.close();
  });

  describe('with an embedded server', () => {
    let dataDir: string;
    beforeAll(async () => {
      dataDir = await mkdtemp(join(tmpdir(), 'lab-data-'));
      await chmod(dataDir, 0o755);
    });
    afterAll(() => rm(dataDir, { recursive: true, force: true }));

    const serverPid = async (): Promise<number> =>
      Number((await readFile(join(dataDir, 'postgres/cluster/postmaster.pid'), 'utf8')).split('\n')[0]);

    it('starts it, and stops it after everything else', async () => {
      const module = await start(undefined, dataDir);
      const pid = await serverPid();
      expect(module.get(Database).embedded).toBe(true);
      await module.close();
      expect(await isAlive(pid)).toBe(false);
    });

    it('stops it even when somebody never gives a connection back', async () => {
      const module = await start(undefined, dataDir);
      const pid = await serverPid();
      const runner = module.get(DataSource).createQueryRunner();
      await runner.connect();
      const query = runner.query('SELECT pg_sleep(600)').catch((error: unknown) => error);
      await module.close();
      expect(await isAlive(pid)).toBe(false);
      expect(await query).toBeInstanceOf(Error);
    });
  });
});
