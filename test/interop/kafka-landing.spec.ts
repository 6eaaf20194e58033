import { setTimeout as sleep } from 'node:timers/promises';
import { jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { LandingService } from '../../src/ingestion/landing.service.js';
import { LandedTopics, until } from '../fixtures/landed-topics.js';
import { KafkaServer } from './servers/kafka-server.js';

const APPENDS = 60;
const MESSAGES = 40;
/** In the middle of the appends. */
const KILLED_AT = 25;

describe('landing from Kafka', () => {
  let server: KafkaServer;
  let lab: LandedTopics;
  beforeAll(async () => {
    jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    server = await KafkaServer.start();
    lab = await LandedTopics.open({ kafka: { brokers: [server.brokers], tls: false } });
  }, 300_000);
  afterAll(async () => {
    await lab?.close();
    await server?.stop();
  });

  const isLanded = async (topic: string): Promise<boolean> => {
    const state = await lab.get(LandingService).state(topic);
    return state.partitions.every(({ lag }) => lag === 0);
  };

  it('brings every acknowledged message to bronze once, though the broker is killed under load', async () => {
    await lab.create({ name: 'storm', partitions: 3 });
    const acknowledged: number[] = [];
    let restart: Promise<void> | undefined;
    for (let turn = 0; turn < APPENDS; turn++) {
      if (turn === KILLED_AT) restart = server.kill().then(() => server.startAgain());
      const ids = Array.from({ length: MESSAGES }, (_, index) => turn * MESSAGES + index);
      const appended = lab.append(
        'storm',
        ids.map((id) => ({ id })),
      );
      await appended.then(() => acknowledged.push(...ids)).catch(() => sleep(100));
    }
    await restart;
    await until(() => isLanded('storm').catch(() => false), 'that all has landed');

    const [{ rows, places }] = await lab.query(
      'storm',
      'select count(*) as rows, count(distinct (_partition, _offset)) as places from t',
    );
    const { partitions } = await lab.get(LandingService).state('storm');
    const written = partitions.reduce((sum, { end }) => sum + end, 0);
    expect([Number(rows), Number(places)]).toEqual([written, written]);
    const landed = new Set((await lab.query('storm', 'select id from t')).map(({ id }) => Number(id)));
    expect(acknowledged.length).toBeGreaterThan(MESSAGES * KILLED_AT - 1);
    expect(acknowledged.filter((id) => !landed.has(id))).toEqual([]);
  }, 240_000);

  it('keeps the times of clocks that are wrong', async () => {
    const times = [0, 1_700_000_000_000, 32_503_680_000_000];
    await lab.create({ name: 'clocks', partitions: 1 });
    for (const [n, timestamp] of times.entries()) await lab.append('clocks', [{ n }], { timestamp });
    await until(async () => (await lab.count('clocks')) === times.length, 'a row of each');
    const rows = await lab.query('clocks', 'select epoch_ms(_timestamp) as ms from t order by n');
    expect(rows.map(({ ms }) => Number(ms))).toEqual(times);
    const { partitions } = await lab.get(LandingService).replay('clocks', { time: '2020-01-01T00:00:00Z' });
    expect(partitions).toMatchObject([{ from: 3, to: 1 }]);
    await until(async () => (await lab.count('clocks')) === times.length, 'the rows again');
  }, 120_000);

  it('lands anew from an offset, once', async () => {
    await lab.create({ name: 'again', partitions: 1 });
    await lab.append('again', [{ n: 0 }, { n: 1 }, { n: 2 }]);
    await until(async () => (await lab.count('again')) === 3, 'three rows');
    const replayed = await lab.get(LandingService).replay('again', { positions: [{ partition: 0, offset: 1 }] });
    expect(replayed.rows_removed).toBe(2);
    await until(async () => (await lab.count('again')) === 3, 'three rows again');
  }, 120_000);
});
