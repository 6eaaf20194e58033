import { setTimeout as wait } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { DataSource } from 'typeorm';
import { openTestDatabase, testDatabaseModules } from '../../../test/fixtures/postgres.js';
import type { DatasetChanged } from '../../events/event-bus.js';
import { Database } from './database.service.js';
import { PostgresBus } from './postgres-bus.js';

const aChange = (overrides: Partial<DatasetChanged> = {}): DatasetChanged => ({
  type: 'dataset.changed',
  dataset: 'gold.routes',
  version: 1,
  ...overrides,
});

describe('PostgresBus', () => {
  let server: { url: string; close(): Promise<void> };
  let module: TestingModule;
  let source: DataSource;
  let here: PostgresBus;
  let elsewhere: PostgresBus;

  beforeAll(async () => {
    server = await openTestDatabase();
    module = await Test.createTestingModule({ imports: testDatabaseModules(server.url) }).compile();
    source = module.get(DataSource);
  });
  beforeEach(async () => {
    const { url } = module.get(Database);
    [here, elsewhere] = await Promise.all(
      [1, 2].map(() => PostgresBus.open(url, source, { lookEveryMs: 60_000, reconnectMs: 20 })),
    );
  });
  afterEach(async () => {
    await Promise.all([here.beforeApplicationShutdown(), elsewhere.beforeApplicationShutdown()]);
  });
  afterAll(async () => {
    await module.close();
    await server.close();
  });

  /** What a bus hears, in order. */
  const hear = (bus: PostgresBus): { heard: DatasetChanged[]; until(count: number): Promise<number[]> } => {
    const heard: DatasetChanged[] = [];
    bus.subscribe('dataset.changed', (event) => void heard.push(event));
    const until = async (count: number): Promise<number[]> => {
      const signal = AbortSignal.timeout(20_000);
      while (heard.length < count) await wait(5, undefined, { signal });
      return heard.map(({ version }) => version);
    };
    return { heard, until };
  };

  const listeners = `pid IN (SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%lab.events%' AND application_name = '')`;
  const cutListeners = (): Promise<unknown> =>
    source.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${listeners}`);

  it('delivers to this process and to every other one', async () => {
    const both = [hear(here), hear(elsewhere)];
    await here.publish(aChange());
    await Promise.all(both.map(({ until }) => until(1)));
    expect(both.map(({ heard }) => heard)).toEqual([[aChange()], [aChange()]]);
  });

  it('delivers within 50 ms at the median', async () => {
    const { until } = hear(elsewhere);
    const delays: number[] = [];
    for (let version = 1; version <= 20; version++) {
      const start = performance.now();
      await here.publish(aChange({ version }));
      await until(version);
      delays.push(performance.now() - start);
    }
    expect(delays.sort((a, b) => a - b)[10]).toBeLessThan(50);
  });

  it('delivers in the same order everywhere, whoever publishes at the same time', async () => {
    const both = [hear(here), hear(elsewhere)];
    const publish = (version: number): Promise<void> => (version % 2 ? here : elsewhere).publish(aChange({ version }));
    await Promise.all(Array.from({ length: 60 }, (_, version) => publish(version)));
    const [first, second] = await Promise.all(both.map(({ until }) => until(60)));
    expect(first).toEqual(second);
    expect(new Set(first).size).toBe(60);
  });

  it('carries an event that is too long for a notification', async () => {
    const { heard, until } = hear(elsewhere);
    await here.publish(aChange({ dataset: 'x'.repeat(100_000) }));
    await until(1);
    expect(heard[0].dataset).toHaveLength(100_000);
  });

  it('catches up on what was published while its connection was away', async () => {
    const { until } = hear(elsewhere);
    await here.publish(aChange({ version: 1 }));
    await until(1);
    Logger.overrideLogger(false);
    await cutListeners();
    await here.publish(aChange({ version: 2 }));
    await here.publish(aChange({ version: 3 }));
    expect(await until(3)).toEqual([1, 2, 3]);
    await here.publish(aChange({ version: 4 }));
    expect(await until(4)).toEqual([1, 2, 3, 4]);
    Logger.overrideLogger(['warn', 'error']);
  });

  it('comes back when its connection is lost in the moment of an answer', async () => {
    const { until } = hear(elsewhere);
    Logger.overrideLogger(false);
    const client = elsewhere['client']!;
    const query = client.query.bind(client);
    client.query = (async (text: string, values: unknown[]) => {
      const answer = await query(text, values);
      client.emit('error', new Error('terminating connection'));
      return answer;
    }) as typeof client.query;
    for (const version of [1, 2]) await here.publish(aChange({ version }));
    expect(await until(2)).toEqual([1, 2]);
    await here.publish(aChange({ version: 3 }));
    expect(await until(3)).toEqual([1, 2, 3]);
    Logger.overrideLogger(['warn', 'error']);
  });

  it('lets one listener fail without the others or its own next event suffering', async () => {
    Logger.overrideLogger(false);
    const calls: number[] = [];
    here.subscribe('dataset.changed', async ({ version }) => {
      calls.push(version);
      await Promise.reject(new Error('no'));
    });
    const { until } = hear(here);
    await here.publish(aChange({ version: 1 }));
    await here.publish(aChange({ version: 2 }));
    expect(await until(2)).toEqual([1, 2]);
    expect(calls).toEqual([1, 2]);
    Logger.overrideLogger(['warn', 'error']);
  });

  it('gives a listener one event at a time', async () => {
    let running = 0;
    let most = 0;
    here.subscribe('dataset.changed', async () => {
      most = Math.max(most, ++running);
      await wait(10);
      running--;
    });
    const { until } = hear(here);
    await Promise.all([1, 2, 3].map((version) => here.publish(aChange({ version }))));
    await until(3);
    await here.beforeApplicationShutdown();
    expect([most, running]).toEqual([1, 0]);
  });

  it('leaves a listener alone that has unsubscribed, and one that waits for another type', async () => {
    const calls: string[] = [];
    const unsubscribe = here.subscribe('dataset.changed', () => void calls.push('gone'));
    here.subscribe('model.changed', () => void calls.push('model'));
    unsubscribe();
    const { until } = hear(here);
    await here.publish(aChange());
    await until(1);
    expect(calls).toEqual([]);
  });

  it('forgets events after a day', async () => {
    await source.query(
      `INSERT INTO lab.events (event, published_at) VALUES ('{}', now() - interval '2 days'), ('{}', now() - interval '1 hour')`,
    );
    const bus = await PostgresBus.open(module.get(Database).url, source);
    await bus.beforeApplicationShutdown();
    const [{ oldest }] = (await source.query(
      `SELECT max(now() - published_at) < interval '1 day' AS oldest FROM lab.events`,
    )) as { oldest: boolean }[];
    expect(oldest).toBe(true);
  });
});
