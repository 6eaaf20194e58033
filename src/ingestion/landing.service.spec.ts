import { register } from 'prom-client';
import { LandedTopics, until } from '../../test/fixtures/landed-topics.js';
import { DeltaService } from '../delta/delta.service.js';
import type { EmbeddedStream } from '../engines/stream/embedded.stream.js';
import { StreamLog } from '../engines/stream/stream.port.js';
import { HealthFacts } from '../http/health-facts.js';
import { LandingService } from './landing.service.js';
import type { LandingState } from './landing/landing.schema.js';
import { LandingPlans } from './landing/landing-plans.js';
import { Landings } from './landing/landings.js';
import { bronzeOf, deadLettersOf } from './topic.types.js';
import { TopicsService } from './topics.service.js';

describe('LandingService', () => {
  let lab: LandedTopics;
  beforeAll(async () => {
    lab = await LandedTopics.open();
  });
  afterAll(() => lab.close());

  let topics = 0;
  const aTopic = async (overrides = {}): Promise<string> => (await lab.create({ name: `orders-${++topics}`, ...overrides })).name;
  const landed = (topic: string, rows: number): Promise<void> =>
    until(async () => (await lab.count(topic)) === rows, `${rows} rows`);
  const landing = (): LandingService => lab.get(LandingService);
  /** Also followed: what is appended from now on waits. */
  const paused = async (topic: string): Promise<LandingState> => {
    const state = await landing().pause(topic);
    await lab.get(Landings).look();
    return state;
  };
  const numbered = (from: number, count: number): object[] => Array.from({ length: count }, (_, index) => ({ n: from + index }));
  const ns = async (topic: string): Promise<number[]> =>
    (await lab.query(topic, 'select n from t order by n')).map(({ n }) => Number(n));
  const letters = async (topic: string): Promise<Record<string, string>> => {
    const dead = await lab.get<StreamLog>(StreamLog).read({ topic: deadLettersOf(topic), partition: 0, offset: 0, limit: 1_000 });
    return Object.fromEntries(dead.map(({ value, headers }) => [String(value), Object.values(headers).join(' ')]));
  };

  describe('lands', () => {
    it('messages as rows, with where they were', async () => {
      const topic = await aTopic();
      await lab.append(topic, [{ id: 1, name: 'São "Paulo"\n', paid: true, items: [1, { a: null }], none: null }], {
        ...{ key: 'k"1', timestamp: 1_700_000_000_123 },
      });
      await landed(topic, 1);
      expect(await lab.query(topic, 'select * from t')).toEqual([
        {
          ...{ id: 1, name: 'São "Paulo"\n', paid: true, items: '[1,{"a":null}]' },
          ...{ _key: 'k"1', _partition: 0, _offset: 0n, _timestamp: new Date(1_700_000_000_123) },
        },
      ]);
      expect(await lab.get(DeltaService).history(bronzeOf(topic))).toMatchObject([{ operation: 'LANDING', rowsAdded: 1 }]);
    });

    it('the exact types that a schema gives', async () => {
      const properties = {
        ...{
          id: { type: 'integer' },
          at: { type: 'string', format: 'date-time' },
          day: { type: ['string', 'null'], format: 'date' },
        },
        ...{ any: { type: ['string', 'integer'] }, share: { type: 'number' }, absent: { type: 'boolean' } },
      };
      const topic = await aTopic({ schema: { type: 'object', properties, required: ['id'] } });
      await lab.append(topic, [
        '{"id":9007199254740993,"at":"2026-01-01T02:00:00+02:00","day":"2026-02-28","any":7,"share":1}',
        '{"id":1.0,"any":"x"}',
      ]);
      await landed(topic, 2);
      const [first, second] = await lab.query(topic, 'select * exclude (_key, _partition, _timestamp) from t order by _offset');
      expect(first).toEqual({
        ...{ id: 9007199254740993n, at: new Date('2026-01-01T00:00:00Z'), day: new Date('2026-02-28'), any: '7', share: 1 },
        ...{ absent: null, _offset: 0n },
      });
      expect(second).toMatchObject({ id: 1n, any: 'x', day: null });
    });

    it('tombstones, objects without fields and lines broken between fields', async () => {
      const topic = await aTopic();
      await lab.append(topic, [null, '{}', '{\r\n "n": 1\n}'], { key: 'k' });
      await landed(topic, 3);
      expect(await lab.query(topic, 'select n, _key from t order by _offset')).toEqual([
        { n: null, _key: 'k' },
        { n: null, _key: 'k' },
        { n: 1, _key: 'k' },
      ]);
    });

    it('all partitions in one commit', async () => {
      const topic = await aTopic({ partitions: 3 });
      await paused(topic);
      for (const key of ['a', 'b', 'c', 'd', 'e', 'f']) await lab.append(topic, [{ key }], { key });
      await landing().resume(topic);
      await landed(topic, 6);
      const { txns, version } = await lab.get(DeltaService).snapshot(bronzeOf(topic));
      const { partitions } = await landing().state(topic);
      expect([[...txns.values()].sort(), version]).toEqual([
        partitions
          .map(({ end }) => end)
          .filter((end) => end > 0)
          .sort(),
        0,
      ]);
    });

    it('new fields as new columns', async () => {
      const topic = await aTopic();
      await lab.append(topic, [{ n: 1 }]);
      await landed(topic, 1);
      await lab.append(topic, [{ n: 2, city: 'Recife' }]);
      await landed(topic, 2);
      expect(await lab.query(topic, 'select n, city from t order by n')).toEqual([
        { n: 1, city: null },
        { n: 2, city: 'Recife' },
      ]);
    });
  });

  describe('puts among the dead letters, and goes on behind it,', () => {
    it.each<[string, unknown, string]>([
      ['what is not JSON', '{"n":', 'JSON'],
      ['what is not UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), 'UTF-8'],
      ['what is no object', '[1]', 'object'],
      ['a name that landing needs', '{"_offset":1}', '_offset'],
      ['another type than the column has', '{"n":"one"}', 'n: a string does not fit its column, which is DOUBLE'],
      ['a number where a text belongs', '{"text":5}', 'text: the number 5'],
      ['a number that no DOUBLE holds', '{"n":1e400}', 'n: the number Infinity'],
      ['a field that differs from another in case alone', '{"N":1}', 'upper and lower case'],
      ['a field without a name', '{"":1}', 'without a name'],
      ['half of a surrogate pair', '{"text":"\\ud800"}', 'surrogate'],
      ['two fields of one name', '{"n":1,"n":2}', 'two of its fields'],
      [
        'more fields than a table should have',
        JSON.stringify(Object.fromEntries(Array.from({ length: 1_001 }, (_, i) => [`f${i}`, 1]))),
        'columns',
      ],
    ])('%s', async (_, poison, reason) => {
      const topic = await aTopic();
      await lab.append(topic, [{ n: 0, text: 'a' }, poison, { n: 1, text: 'b' }]);
      await landed(topic, 2);
      expect(await ns(topic)).toEqual([0, 1]);
      expect(Object.values(await letters(topic))).toEqual([expect.stringContaining(reason)]);
    });

    it('what breaks the schema, or has no place in its types', async () => {
      const schema = {
        type: 'object',
        properties: { n: { type: 'integer' }, at: { type: 'string', format: 'date-time' } },
        required: ['n'],
      };
      const topic = await aTopic({ schema });
      const poison = ['{}', '{"n":1.5}', '{"n":99999999999999999999}', '{"n":3,"at":"2016-12-31T23:59:60Z"}'];
      await lab.append(topic, ['{"n":1,"at":"2026-01-01T00:00:00Z"}', ...poison, '{"n":2}']);
      await landed(topic, 2);
      expect([await ns(topic), Object.keys(await letters(topic))]).toEqual([[1, 2], poison]);
    });

    it('a topic of nothing else', async () => {
      const topic = await aTopic();
      await lab.append(topic, ['x', 'y']);
      await until(async () => (await landing().state(topic)).partitions[0].landed === 2, 'that both are passed');
      expect([await lab.count(topic), Object.keys(await letters(topic))]).toEqual([0, ['x', 'y']]);
    });
  });

  describe('pauses', () => {
    it('until it is resumed, also over a restart', async () => {
      const topic = await aTopic();
      await lab.append(topic, numbered(0, 2));
      await landed(topic, 2);
      expect(await paused(topic)).toMatchObject({ status: 'paused' });
      await lab.append(topic, numbered(2, 2));
      await lab.rooms.reopen();
      expect(await landing().state(topic)).toMatchObject({ status: 'paused', partitions: [{ end: 4, landed: 2, lag: 2 }] });
      expect(await landing().resume(topic)).toMatchObject({ status: 'landing' });
      await landed(topic, 4);
    });
  });

  describe('replays', () => {
    it('from an offset: the rows behind it go, and come again once', async () => {
      const topic = await aTopic();
      await lab.append(topic, numbered(0, 5));
      await landed(topic, 5);
      const replayed = await landing().replay(topic, { positions: [{ partition: 0, offset: 2 }] });
      expect(replayed).toMatchObject({ rows_removed: 3, partitions: [{ partition: 0, from: 5, to: 2, passed_over: 0 }] });
      await landed(topic, 5);
      await lab.append(topic, numbered(5, 1));
      await landed(topic, 6);
      expect(await ns(topic)).toEqual([0, 1, 2, 3, 4, 5]);
    });

    it('from a time, every partition', async () => {
      const topic = await aTopic({ partitions: 2 });
      for (const n of [0, 1, 2, 3, 4, 5]) {
        await lab.append(topic, [{ n }], { key: `k${n}`, timestamp: 1_700_000_000_000 + n * 1_000 });
      }
      await landed(topic, 6);
      const replayed = await landing().replay(topic, { time: new Date(1_700_000_000_000 + 3_000).toJSON() });
      expect(replayed).toMatchObject({ rows_removed: 3 });
      await landed(topic, 6);
      expect(await ns(topic)).toEqual([0, 1, 2, 3, 4, 5]);
    });

    it('forward: what is between stays out', async () => {
      const topic = await aTopic();
      await paused(topic);
      await lab.append(topic, numbered(0, 5));
      const replayed = await landing().replay(topic, { positions: [{ partition: 0, offset: 3 }] });
      expect(replayed).toMatchObject({ rows_removed: 0, partitions: [{ from: null, to: 3, passed_over: 3 }] });
      await landing().resume(topic);
      await landed(topic, 2);
      expect(await ns(topic)).toEqual([3, 4]);
    });

    it('nothing where the landing stands already', async () => {
      const topic = await aTopic();
      await lab.append(topic, [{ n: 1 }]);
      await landed(topic, 1);
      expect(await landing().replay(topic, { positions: [{ partition: 0, offset: 1 }] })).toMatchObject({ version: null });
    });

    it('only what the topic holds, and what lands', async () => {
      const topic = await aTopic({ land: false });
      await expect(landing().replay(topic, { positions: [{ partition: 0, offset: 0 }] })).rejects.toThrow('does not land');
      const other = await aTopic();
      await expect(landing().replay(other, { positions: [{ partition: 0, offset: 1 }] })).rejects.toThrow('is not there');
      await expect(landing().replay(other, { positions: [{ partition: 7, offset: 0 }] })).rejects.toThrow('no partition 7');
    });
  });

  describe('a landing whose next message retention has taken', () => {
    it('says so until somebody passes over what is lost', async () => {
      const topic = await aTopic();
      await lab.append(topic, numbered(0, 2));
      await landed(topic, 2);
      await paused(topic);
      for (let n = 2; n < 6; n++) await lab.append(topic, numbered(n, 1));
      await lab.get(TopicsService).change(topic, { retentionBytes: 1 });
      await (lab.get<StreamLog>(StreamLog) as EmbeddedStream).sweep();
      const { partitions } = await landing().resume(topic);
      expect(partitions).toMatchObject([{ begin: 5, end: 6, landed: 2 }]);

      await until(async () => (await landing().state(topic)).status === 'troubled', 'that it says so');
      expect(await landing().state(topic)).toMatchObject({ trouble: expect.stringContaining('messages between are lost') });
      expect(JSON.stringify(await lab.get(HealthFacts).report())).toContain(`"topic":"${topic}","trouble":"Offset 2`);
      expect(await register.metrics()).toContain(`lab_landing_troubled{topic="${topic}"} 1`);
      expect(await lab.count(topic)).toBe(2);

      const replayed = await landing().replay(topic, { positions: [{ partition: 0, offset: 5 }] });
      expect(replayed).toMatchObject({ rows_removed: 0, partitions: [{ from: 2, to: 5, passed_over: 3 }] });
      await landed(topic, 3);
      await until(async () => (await landing().state(topic)).status === 'landing', 'that it is over it');
      expect(await ns(topic)).toEqual([0, 1, 5]);
    });
  });

  describe('a landing that pauses from the beginning', () => {
    it('does not pass over what retention took meanwhile without a word', async () => {
      const { name: topic, id } = await lab.create({ name: `orders-${++topics}` });
      await paused(topic);
      await until(async () => (await lab.get(LandingPlans).beginsOf(id)) !== undefined, 'that it is known where it begins');
      for (let n = 0; n < 4; n++) await lab.append(topic, numbered(n, 1));
      await lab.get(TopicsService).change(topic, { retentionBytes: 1 });
      await (lab.get<StreamLog>(StreamLog) as EmbeddedStream).sweep();
      expect(await landing().resume(topic)).toMatchObject({ partitions: [{ begin: 3, end: 4, landed: null }] });

      await until(async () => (await landing().state(topic)).status === 'troubled', 'that it says so');
      expect(await landing().state(topic)).toMatchObject({ trouble: expect.stringContaining('Offset 0 of partition 0') });
      expect(await register.metrics()).toContain(`lab_landing_troubled{topic="${topic}"} 1`);

      await landing().replay(topic, { positions: [{ partition: 0, offset: 3 }] });
      await landed(topic, 1);
      expect(await ns(topic)).toEqual([3]);
    });

    it('takes what was gone before it was to land for no loss', async () => {
      const topic = await aTopic({ land: false, retentionBytes: 1 });
      for (let n = 0; n < 4; n++) await lab.append(topic, numbered(n, 1));
      await (lab.get<StreamLog>(StreamLog) as EmbeddedStream).sweep();
      await lab.get(TopicsService).change(topic, { land: true });
      await landed(topic, 1);
      expect(await ns(topic)).toEqual([3]);
    });
  });

  describe('a landing over clocks that are wrong', () => {
    // The least that a Date holds, what was before 1970, its first moment, and what is to come.
    const TIMES = [-8.64e15, -1, 0, 1_700_000_000_000, 32_503_680_000_000, 8.64e15];

    it('keeps the time of each message, whatever it is', async () => {
      const topic = await aTopic();
      for (const [n, timestamp] of TIMES.entries()) await lab.append(topic, [{ n }], { timestamp });
      await landed(topic, TIMES.length);
      const rows = await lab.query(topic, 'select epoch_ms(_timestamp) as ms from t order by n');
      expect(rows.map(({ ms }) => Number(ms))).toEqual(TIMES);
      expect(await landing().state(topic)).toMatchObject({ status: 'landing', partitions: [{ lag: 0 }] });
    });

    it('loses nothing to retention, which goes by when a message came', async () => {
      const topic = await aTopic({ land: false, retentionHours: 1 });
      for (const timestamp of TIMES) await lab.append(topic, [{ n: 1 }], { timestamp });
      await (lab.get<StreamLog>(StreamLog) as EmbeddedStream).sweep();
      expect(await lab.get<StreamLog>(StreamLog).ranges(topic)).toEqual([{ partition: 0, begin: 0, end: TIMES.length }]);
    });

    it('replays from the first message whose time is not earlier, and all behind it', async () => {
      const topic = await aTopic();
      for (const [n, timestamp] of [32_503_680_000_000, 0, 1_700_000_000_000].entries()) {
        await lab.append(topic, [{ n }], { timestamp });
      }
      await landed(topic, 3);
      expect(await landing().replay(topic, { time: '1960-01-01T00:00:00Z' })).toMatchObject({ partitions: [{ from: 3, to: 0 }] });
      await landed(topic, 3);
      expect(await landing().replay(topic, { time: '3000-01-01T00:00:00Z' })).toMatchObject({ partitions: [{ from: 3, to: 0 }] });
      await landed(topic, 3);
      expect(await landing().replay(topic, { time: '9999-12-31T00:00:00Z' })).toMatchObject({ partitions: [{ from: 3, to: 3 }] });
      expect(await ns(topic)).toEqual([0, 1, 2]);
    });
  });

  describe('an owner that was overtaken', () => {
    it('lands nothing of what the other one has landed, and goes on behind it', async () => {
      const { name: topic, id } = await lab.create({ name: `orders-${++topics}` });
      await lab.append(topic, numbered(0, 3));
      await landed(topic, 3);
      await lab.get(DeltaService).write(bronzeOf(topic), {
        ...{ mode: 'append', evolve: true, txn: { appId: `landing:${id}:0`, previous: 3, version: 5 } },
        query: { sql: 'select i::double as n, 0 as _partition, i as _offset from range(3, 5) as r(i)' },
      });
      await lab.append(topic, numbered(3, 3));
      await landed(topic, 6);
      const places = await lab.query(topic, 'select _offset from t order by _offset');
      expect(places.map(({ _offset }) => Number(_offset))).toEqual([0, 1, 2, 3, 4, 5]);
    });
  });

  it('tells how many messages have yet to land, of topics that pause too', async () => {
    const topic = await aTopic();
    await paused(topic);
    await lab.append(topic, numbered(0, 4));
    const line = `lab_landing_lag_messages{group="landing.${topic}",topic="${topic}",partition="0"} 4`;
    expect(await register.metrics()).toContain(line);
  });

  describe('a topic that is deleted', () => {
    it('leaves its table, and one made again adds to it', async () => {
      const topic = await aTopic();
      await lab.append(topic, numbered(0, 3));
      await landed(topic, 3);
      await lab.get(TopicsService).delete(topic);
      await lab.create({ name: topic });
      await lab.append(topic, numbered(3, 2));
      await landed(topic, 5);
      const replay = landing().replay(topic, { positions: [{ partition: 0, offset: 0 }] });
      await expect(replay).rejects.toThrow('rows of an earlier topic');
      expect(await ns(topic)).toEqual([0, 1, 2, 3, 4]);
    });
  });
});
