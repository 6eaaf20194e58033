import { setTimeout as wait } from 'node:timers/promises';
import { Test, type TestingModule } from '@nestjs/testing';
import pg from 'pg';
import { openTestDatabase, testDatabaseModules } from '../../../test/fixtures/postgres.js';
import { Database } from '../database/database.service.js';
import { JobQueue, type JobRunner } from './jobs.service.js';

describe('JobQueue', () => {
  let server: { url: string; close(): Promise<void> };
  let module: TestingModule;
  let database: Database;
  const queues: JobQueue[] = [];

  beforeAll(async () => {
    server = await openTestDatabase();
    module = await Test.createTestingModule({ imports: testDatabaseModules(server.url) }).compile();
    database = module.get(Database);
  });
  afterEach(async () => {
    await Promise.all(queues.splice(0).map((queue) => queue.onModuleDestroy()));
  });
  afterAll(async () => {
    await module.close();
    await server.close();
  });

  const until = async (isSo: () => Promise<boolean>): Promise<void> => {
    const signal = AbortSignal.timeout(30_000);
    while (!(await isSo())) await wait(5, undefined, { signal });
  };

  /** A process of its own, as far as the database can tell. */
  const openQueue = async (drainMs?: number, embedded = false): Promise<JobQueue> => {
    const queue = await JobQueue.open({ url: database.url, embedded } as Database, drainMs);
    queues.push(queue);
    return queue;
  };

  /** Takes every job of a queue and lets a test wait for them. */
  const listen = async <T>(queue: JobQueue, name: string, concurrency = 1, run: JobRunner<T> = async () => undefined) => {
    const seen: T[] = [];
    await queue.work<T>(name, { concurrency }, async (payload, job) => {
      seen.push(payload);
      await run(payload, job);
    });
    return {
      seen,
      until: async (count: number): Promise<T[]> => {
        await until(async () => seen.length >= count);
        return seen;
      },
    };
  };

  it('hands a job with its payload to a worker', async () => {
    const queue = await openQueue();
    const worker = await listen<{ city: string }>(queue, 'hand');
    await queue.send('hand', { city: 'Recife' });
    expect(await worker.until(1)).toEqual([{ city: 'Recife' }]);
  });

  it('keeps a job that was sent before anybody worked on its queue', async () => {
    const queue = await openQueue();
    await queue.send('early', 1);
    const worker = await listen<number>(queue, 'early');
    expect(await worker.until(1)).toEqual([1]);
  });

  it('starts a job within 50 ms at the median, also one that another process sent', async () => {
    const [here, elsewhere] = [await openQueue(), await openQueue()];
    const delays: number[] = [];
    const worker = await listen<number>(here, 'quick', 1, async (sentAt) => void delays.push(performance.now() - sentAt));
    for (let job = 1; job <= 20; job++) {
      await (job % 2 ? here : elsewhere).send('quick', performance.now());
      await worker.until(job);
      await wait(20);
    }
    expect(delays.sort((a, b) => a - b)[10]).toBeLessThan(50);
  });

  it('works off a backlog without pausing between jobs', async () => {
    const queue = await openQueue();
    for (let job = 0; job < 30; job++) await queue.send('backlog', job);
    const start = performance.now();
    const worker = await listen<number>(queue, 'backlog');
    await worker.until(30);
    expect(performance.now() - start).toBeLessThan(3000);
  });

  it('runs as many at a time as asked for and no more', async () => {
    const queue = await openQueue();
    let running = 0;
    let most = 0;
    const worker = await listen<number>(queue, 'wide', 3, async () => {
      most = Math.max(most, ++running);
      await wait(50);
      running--;
    });
    for (let job = 0; job < 9; job++) await queue.send('wide', job);
    await worker.until(9);
    expect(most).toBe(3);
  });

  it('does not add a job whose key waits or runs, and adds it once that is done', async () => {
    const queue = await openQueue();
    const first = await queue.send('keyed', 'first', { key: 'a' });
    expect(first).toBeDefined();
    expect(await queue.send('keyed', 'second', { key: 'a' })).toBeUndefined();
    expect(await queue.send('keyed', 'other', { key: 'b' })).toBeDefined();
    const worker = await listen<string>(queue, 'keyed');
    await worker.until(2);
    await until(async () => (await queue.send('keyed', 'third', { key: 'a' })) !== undefined);
    expect((await worker.until(3)).sort()).toEqual(['first', 'other', 'third']);
  });

  it('holds a job back for the seconds that were asked for, and hardly longer', async () => {
    const queue = await openQueue();
    const worker = await listen<number>(queue, 'later');
    const start = performance.now();
    await queue.send('later', 1, { afterSeconds: 1 });
    await worker.until(1);
    expect(performance.now() - start).toBeGreaterThan(950);
    expect(performance.now() - start).toBeLessThan(1500);
  });

  it('tries a job that throws as often as asked for', async () => {
    const queue = await openQueue();
    const worker = await listen<number>(queue, 'flaky', 1, () => Promise.reject(new Error('no luck')));
    await queue.send('flaky', 1, { retries: 1 });
    await worker.until(2);
    await wait(4000);
    expect(worker.seen).toEqual([1, 1]);
  });

  it('fails a job that throws at once when no retries were asked for', async () => {
    const queue = await openQueue();
    const worker = await listen<number>(queue, 'once', 1, () => Promise.reject(new Error('no luck')));
    const id = await queue.send('once', 1);
    await worker.until(1);
    expect(await stateOf(id, 'failed')).toEqual({ state: 'failed', output: { message: 'no luck' } });
  });

  it('tells running jobs to stop when it shuts down, and gives what they threw to the next process', async () => {
    const queue = await openQueue();
    const worker = await listen<number>(
      queue,
      'drain',
      1,
      (_, { signal }) => new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    );
    await queue.send('drain', 1);
    await worker.until(1);
    await queue.onModuleDestroy();
    const next = await listen<number>(await openQueue(), 'drain');
    expect(await next.until(1)).toEqual([1]);
  });

  it('does not wait for ever for a job that will not stop', async () => {
    const queue = await openQueue(200);
    const worker = await listen<number>(queue, 'stuck', 1, () => new Promise(() => undefined));
    await queue.send('stuck', 1);
    await worker.until(1);
    const start = performance.now();
    await queue.onModuleDestroy();
    expect(performance.now() - start).toBeLessThan(2000);
    const next = await listen<number>(await openQueue(), 'stuck');
    expect(await next.until(1)).toEqual([1]);
  });

  it('gives back within moments what a dead process ran on an embedded server', async () => {
    const id = await abandonJob('orphan');
    const worker = await listen<number>(await openQueue(undefined, true), 'orphan');
    await worker.until(1);
    expect(await stateOf(id, 'completed')).toMatchObject({ state: 'completed' });
  });

  it('gives back what a dead process ran elsewhere once its heartbeat is late', async () => {
    await abandonJob('late');
    await execute(`UPDATE pgboss.job SET heartbeat_on = now() - interval '1 minute' WHERE name = 'late'`);
    const worker = await listen<number>(await openQueue(), 'late');
    expect(await worker.until(1)).toEqual([1]);
  });

  const execute = async (sql: string, values: unknown[] = []): Promise<Record<string, unknown>[]> => {
    const client = new pg.Client({ connectionString: server.url });
    await client.connect();
    try {
      return (await client.query(sql, values)).rows;
    } finally {
      await client.end();
    }
  };

  const stateOf = async (id: string | undefined, expected: string): Promise<Record<string, unknown>> => {
    let job: Record<string, unknown> = {};
    await until(async () => {
      [job] = await execute('SELECT state, output FROM pgboss.job WHERE id = $1', [id]);
      return job.state === expected;
    });
    return job;
  };

  /** A job as a process leaves it that is killed while it runs it. */
  const abandonJob = async (name: string): Promise<string | undefined> => {
    const queue = await openQueue();
    const id = await queue.send(name, 1);
    await execute(`UPDATE pgboss.job SET state = 'active', started_on = now(), heartbeat_on = now() WHERE id = $1`, [id]);
    return id;
  };
});
