import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { register } from 'prom-client';
import { StreamLab } from '../../../test/fixtures/streams.js';
import { HealthFacts } from '../../http/health-facts.js';
import { TopicsService } from '../../ingestion/topics.service.js';

const MINUTE = 60_000;
const START = Date.parse('2026-01-01T00:00:00Z');

/** Each stream reads the topic `<name>s`. */
const file = (name: string, to: string): string => `name: ${name}
from: { topic: ${name}s, time: at, delay: 0s, idle: 1h }
aggregate:
  window: { tumbling: 1m }
  values: { events: { count: '*' } }
to: ${to}
checkpoint: 50ms
`;

describe('a stream', () => {
  let lab: StreamLab;
  beforeAll(async () => {
    lab = await StreamLab.open({
      told: file('told', '{ topic: minutes }'),
      kept: file('kept', '{ table: gold.kept, postgres: kept, topic: kept-minutes }'),
      written: file('written', '{ postgres: written }'),
      behind: file('behind', '{ postgres: behind }'),
      orphan: file('orphan', '{ postgres: orphan }'),
    });
  });
  afterAll(() => lab?.close());

  /** One event in each of these minutes: each closes the one before. */
  const tell = async (stream: string, from: number, to: number): Promise<void> => {
    const minutes = Array.from({ length: to - from }, (_, index) => new Date(START + (from + index) * MINUTE));
    await lab.log.append(
      `${stream}s`,
      minutes.map((at) => ({ key: null, value: Buffer.from(JSON.stringify({ at })) })),
    );
  };
  const topics = (): TopicsService => lab.rooms.module.get(TopicsService);
  const failing = async (name: string, error: RegExp): Promise<void> => {
    const stream = await lab.until(name, ({ status }) => status === 'failing');
    expect(stream.error).toMatch(error);
  };
  const running = (name: string) => lab.until(name, ({ status }) => status === 'running');
  const gaugeOf = async (stream: string): Promise<number | undefined> => {
    const { values } = await register.getSingleMetric('lab_stream_failing')!.get();
    return values.find(({ labels }) => labels.stream === stream)?.value;
  };
  const minutesOf = (rows: readonly Record<string, unknown>[]): number[] =>
    rows.map(({ window_start }) => (new Date(String(window_start)).getTime() - START) / MINUTE).sort((a, b) => a - b);
  const upTo = (minute: number): number[] => Array.from({ length: minute }, (_, index) => index);

  describe('whose output is away', () => {
    it('says so, and tells a topic what it has for it when it is there again', async () => {
      await lab.topic('tolds', 1);
      await tell('told', 0, 3);
      await lab.untilDone('told', 3);
      expect(await gaugeOf('told')).toBe(0);
      await lab.log.deleteTopic('minutes');
      await tell('told', 3, 6);
      await failing(
        'told',
        /^What the stream "told" has for its output "topic" did not arrive: There is no topic "minutes"\..*delivered again/,
      );
      expect(await gaugeOf('told')).toBe(1);
      const { streams } = await lab.rooms.module.get(HealthFacts).report();
      expect(streams).toEqual({
        declared: 5,
        failing: [{ stream: 'told', error: expect.stringMatching(/did not arrive/) as string }],
      });
      await lab.log.ensureTopic({ name: 'minutes', partitions: 1 });
      await running('told');
      const told = (await lab.messages('minutes')).map(({ value }) => JSON.parse(value!.toString()) as Record<string, unknown>);
      expect(minutesOf(told)).toEqual([2, 3, 4]);
    });

    it('makes a topic again that somebody has deleted', async () => {
      await topics().delete('minutes');
      await tell('told', 6, 8);
      await lab.untilDone('told', 8);
      expect(await lab.messages('minutes')).toHaveLength(2);
    });

    it('reads nothing beyond what waits for a table, and writes each row once when the storage takes it again', async () => {
      const gold = join(lab.rooms.folder, 'data/lake/gold');
      await mkdir(join(gold, '..'), { recursive: true });
      await writeFile(gold, 'in the way');
      await lab.topic('kepts', 1);
      await tell('kept', 0, 3);
      await failing('kept', /for its output "table" did not arrive: /);
      await tell('kept', 3, 5);
      const waiting = await lab.until('kept', ({ partitions: [{ lag }] }) => lag === 2);
      expect(waiting.events).toBe(3);
      // Another process has the same trouble.
      await lab.rooms.reopen();
      await failing('kept', /for its output "table" did not arrive: /);
      expect(await lab.streams.find('kept')).toMatchObject({ events: 3, checkpoint: { version: waiting.checkpoint.version } });
      await rm(gold);
      await lab.untilDone('kept', 5);
      await running('kept');
      const [table, postgres] = [
        await lab.table('gold.kept'),
        await lab.query<Record<string, unknown>>('select * from streams.kept'),
      ];
      expect([minutesOf(table), minutesOf(postgres)]).toEqual([upTo(4), upTo(4)]);
      expect(await lab.messages('kept-minutes')).toHaveLength(4);
    });

    it('keeps no checkpoint whose rows PostgreSQL refuses, and writes them when it takes them', async () => {
      await lab.topic('writtens', 1);
      await tell('written', 0, 3);
      await lab.untilDone('written', 3);
      await lab.query('alter table streams.written rename column events to others');
      await tell('written', 3, 6);
      await failing('written', /column "events" of relation "written" does not exist/);
      await lab.until('written', ({ error }) => /is not that of this stream: it has no column "events"/.test(error ?? ''));
      expect(await lab.streams.find('written')).toMatchObject({ events: 3 });
      await lab.query('alter table streams.written rename column others to events');
      await lab.untilDone('written', 6);
      expect(minutesOf(await lab.query('select * from streams.written'))).toEqual(upTo(5));
    });
  });

  describe('whose topic has not what it would read next', () => {
    const forget = (topic: string) =>
      lab.query(`with emptied as (
          update lab.stream_partitions set begin_offset = end_offset
          where topic = (select id from lab.stream_topics where name = '${topic}') returning topic)
        delete from lab.stream_batches where topic in (select topic from emptied)`);

    it('passes over nothing that retention took, until somebody lets it begin anew', async () => {
      await lab.topic('behinds', 1);
      await tell('behind', 0, 3);
      await lab.untilDone('behind', 3);
      await lab.streams.pause('behind');
      await lab.until('behind', ({ status }) => status === 'paused');
      await tell('behind', 3, 6);
      await forget('behinds');
      await tell('behind', 6, 9);
      await lab.streams.resume('behind');
      await failing(
        'behind',
        /passes over nothing by itself\. Offset 3 of partition 0 of "behinds" is not there: it holds 6 up to 9\..* POST \/api\/v1\/streams\/behind\/restart/,
      );
      expect(await lab.streams.find('behind')).toMatchObject({ events: 3, rows: 2 });
      await lab.streams.restart('behind', 'earliest');
      await lab.untilDone('behind', 3);
      expect(minutesOf(await lab.query('select * from streams.behind'))).toEqual([0, 1, 6, 7]);
    });

    it('says that it is gone, and takes another one of its name for it only when somebody says so', async () => {
      await lab.topic('orphans', 1);
      await tell('orphan', 0, 3);
      await lab.untilDone('orphan', 3);
      await topics().delete('orphans');
      await failing('orphan', /^There is no topic "orphans"/);
      await lab.topic('orphans', 1);
      await tell('orphan', 10, 20);
      const made = /^The topic "orphans" was deleted and made again: .* POST \/api\/v1\/streams\/orphan\/restart/;
      await lab.until('orphan', ({ error }) => made.test(error ?? ''));
      await lab.rooms.reopen();
      await failing('orphan', made);
      expect(await lab.streams.find('orphan')).toMatchObject({ events: 3 });
      await lab.streams.restart('orphan', 'earliest');
      await lab.untilDone('orphan', 10);
      expect(minutesOf(await lab.query('select * from streams.orphan'))).toEqual([0, 1, ...upTo(9).map((minute) => minute + 10)]);
    });
  });
});
