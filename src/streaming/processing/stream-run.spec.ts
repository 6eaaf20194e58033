import { type Event, StreamLab } from '../../../test/fixtures/streams.js';

const MINUTE = 60_000;
const START = Date.parse('2026-01-01T00:00:00Z');

const file = (name: string, extra: string, from = ''): string => `name: ${name}
description: Mean by the minute
from: { topic: readings, time: at, delay: 30s, idle: 1h${from} }
${extra}
checkpoint: 200ms
`;
const AGGREGATE = `aggregate:
  window: { tumbling: 1m }
  group_by: [station]
  values: { events: { count: '*' }, mean: { avg: celsius } }`;

const FILTER = `filter:
  - { field: station, in: [indoor, outdoor] }
  - { field: celsius, above: 0 }`;

/** The same number from each station in each of some minutes, and one event each in a later one that closes them. */
function readings(minutes: number, stations = 5): Event[] {
  const events: Event[] = [];
  for (let minute = 0; minute < minutes; minute++) {
    for (let station = 0; station < stations; station++) {
      for (let index = 0; index < 4; index++) {
        const at = new Date(START + minute * MINUTE + index * 10_000).toISOString();
        events.push({ at, station: `s${station}`, celsius: minute + index });
      }
    }
  }
  return events;
}

/** One event in each of many groups, so that every partition has one, which moves the watermark past all others. */
const closing = (at = START + 60 * MINUTE): Event[] =>
  Array.from({ length: 24 }, (_, index) => ({ at: new Date(at).toISOString(), station: `closing${index}`, celsius: 0 }));

describe('a stream', () => {
  let lab: StreamLab;
  beforeAll(async () => {
    lab = await StreamLab.open({
      appended: file('appended', `${AGGREGATE}\nto: { topic: minutes, table: gold.minutes, postgres: minutes }`),
      faulty: file('faulty', `${AGGREGATE}\nto: { postgres: faulty }`, ', ahead: 1m').replace('topic: readings', 'topic: faulty'),
      filtered: file('filtered', `${FILTER}\n${AGGREGATE}\nto: { postgres: filtered }`).replace(
        'topic: readings',
        'topic: mixed',
      ),
      whole: file('whole', `${AGGREGATE}\n  mode: complete\nto: { topic: wholes, table: gold.whole, postgres: whole }`).replace(
        'topic: readings',
        'topic: whole',
      ),
      waking: file('waking', `${AGGREGATE}\nto: { postgres: waking }`)
        .replace('topic: readings', 'topic: waking')
        .replace('1h', '400ms'),
      updated: file('updated', `${AGGREGATE}\n  mode: update\nto: { topic: updates, table: gold.updates, postgres: updates }`),
    });
  });
  afterAll(() => lab?.close());

  it('brings rows of closed windows to a topic, a Delta table and PostgreSQL', async () => {
    const events = readings(3);
    await lab.produce([...events, ...closing()], 'station');
    const { rows, late } = await lab.untilDone('appended', events.length + 24);
    expect([rows, late]).toEqual([15, 0]);
    const table = await lab.table('gold.minutes');
    expect(table).toHaveLength(15);
    expect(table[0]).toEqual({
      window_start: new Date(START),
      window_end: new Date(START + MINUTE),
      station: 's0',
      events: 4n,
      mean: 1.5,
    });
    const postgres = await lab.query<object>('select * from streams.minutes order by window_start, station');
    expect(postgres).toEqual(table.map((row) => ({ ...row, events: String(row.events) })));
    const messages = await lab.messages('minutes');
    expect(messages.map(({ value }) => JSON.parse(value!.toString()) as object)).toContainEqual({
      ...{
        window_start: '2026-01-01T00:00:00.000Z',
        window_end: '2026-01-01T00:01:00.000Z',
        station: 's0',
        events: 4,
        mean: 1.5,
      },
    });
    expect(new Set(messages.map(({ headers }) => headers.id)).size).toBe(15);
    expect(messages.find(({ key }) => key === 's0')?.timestamp).toBe(START + MINUTE - 1);
  });

  it('replaces in mode update what it has told of a window', async () => {
    const before = await lab.untilDone('updated', 84);
    await lab.produce([{ at: new Date(START + 60 * MINUTE).toISOString(), station: 'closing7', celsius: 10 }], 'station');
    await lab.untilDone('updated', before.events + 1);
    const ofClosing = (rows: readonly Record<string, unknown>[]) => rows.filter(({ station }) => station === 'closing7');
    const table = await lab.table('gold.updates');
    expect(table).toHaveLength(39);
    expect(ofClosing(table)).toMatchObject([{ events: 2n, mean: 5 }]);
    expect(ofClosing(await lab.query('select * from streams.updates'))).toMatchObject([{ events: '2', mean: 5 }]);
  });

  const at = (minutes: number): string => new Date(START + minutes * MINUTE).toISOString();
  const append = (topic: string, events: readonly Event[]) =>
    lab.log.append(
      topic,
      events.map((event) => ({ key: 'a', value: Buffer.from(JSON.stringify(event)) })),
    );

  it('counts only what its filter takes; what it leaves out tells the time all the same', async () => {
    await lab.topic('mixed', 1);
    await append('mixed', [
      { at: at(0), station: 'indoor', celsius: 20 },
      { at: at(0), station: 'outdoor', celsius: 5.5 },
      { at: at(0), station: 'outdoor', celsius: -5 },
      { at: at(0), station: 'cellar', celsius: 12 },
      { at: at(0), celsius: 12 },
      { at: at(0), station: 'indoor' },
      { at: at(0), station: 'indoor', celsius: null },
      { at: at(0), station: 'indoor', celsius: '20' },
      { at: at(10), station: 'nowhere' },
    ]);
    expect(await lab.untilDone('filtered', 9)).toMatchObject({
      filtered: 7,
      late: 0,
      dead_letters: 0,
      rows: 2,
      watermark: at(9.5),
    });
    expect(await lab.query('select station, events, mean from streams.filtered order by station')).toEqual([
      { station: 'indoor', events: '1', mean: 20 },
      { station: 'outdoor', events: '1', mean: 5.5 },
    ]);
  });

  it('keeps every window open in mode complete, and tells all of them with each news', async () => {
    await lab.topic('whole', 1);
    const first = [at(0), at(0.5), at(90)].map((time, index) => ({ at: time, station: 'a', celsius: index }));
    await append('whole', first);
    expect(await lab.untilDone('whole', 3)).toMatchObject({ rows: 2, state: { entries: 2 } });
    await lab.rooms.reopen();
    await append('whole', [{ at: at(0.9), station: 'a', celsius: 5 }]);
    expect(await lab.untilDone('whole', 4)).toMatchObject({ late: 0, rows: 4, state: { entries: 2 } });
    const table = await lab.table('gold.whole');
    expect(table.map(({ window_start, events, mean }) => [window_start, events, mean])).toEqual([
      [new Date(at(0)), 3n, 2],
      [new Date(at(90)), 1n, 2],
    ]);
    const postgres = await lab.query<object>('select * from streams.whole order by window_start');
    expect(postgres).toEqual(table.map((row) => ({ ...row, events: String(row.events) })));
    const told = (await lab.messages('wholes')).map(({ value }) => (JSON.parse(value!.toString()) as { events: number }).events);
    expect(told).toEqual([2, 1, 3, 1]);
  });

  describe('with messages that are no good', () => {
    const send = async (key: string, value: unknown): Promise<void> => {
      const bytes = typeof value === 'string' ? value : JSON.stringify(value);
      await lab.log.append('faulty', [{ key, value: value === null ? null : Buffer.from(bytes), headers: { trace: 'x1' } }]);
    };

    it('keeps late ones in the late topic and broken ones as dead letters, and counts the others', async () => {
      await lab.topic('faulty', 1);
      await send('a', { at: at(0), station: 'a', celsius: 1 });
      await send('a', { at: at(10), station: 'a', celsius: 2 });
      await send('a', { at: at(1), station: 'a', celsius: 3 });
      for (const broken of [
        '{"at"',
        '[1]',
        null,
        { station: 'a' },
        { at: 'noon' },
        { at: at(11), station: 'a', celsius: 'hot' },
      ]) {
        await send('a', broken);
      }
      const stream = await lab.untilDone('faulty', 9);
      expect([stream.late, stream.dead_letters, stream.rows, stream.watermark]).toEqual([1, 6, 1, at(9.5)]);
      const [late] = await lab.messages('faulty.late');
      expect([JSON.parse(late.value!.toString()), late.headers]).toMatchObject([
        { at: at(1), celsius: 3 },
        { trace: 'x1', 'late-topic': 'faulty', 'late-partition': '0', 'late-offset': '2' },
      ]);
      const letters = await lab.query<{ reason: string }>('select reason from lab.dead_letters order by "offset"');
      expect(letters.map(({ reason }) => reason)).toEqual([
        expect.stringContaining('is not JSON'),
        'must be a JSON object',
        expect.stringContaining('has no value'),
        'at: must be a time, as ISO 8601 text or milliseconds since 1970',
        'at: must be a time, as ISO 8601 text or milliseconds since 1970',
        'celsius: must be a number',
      ]);
    });

    it('does not let an event from the future close windows before their time', async () => {
      const before = await lab.streams.find('faulty');
      await send('a', { at: new Date(Date.now() + 10 * 365 * 86_400_000).toISOString(), station: 'a', celsius: 1 });
      await send('a', { at: at(10), station: 'a', celsius: 1 });
      const stream = await lab.untilDone('faulty', before.events + 2);
      expect([stream.watermark, stream.dead_letters, stream.late]).toEqual([
        before.watermark,
        before.dead_letters + 1,
        before.late,
      ]);
    });
  });

  it('does not wait for a partition that gives nothing', async () => {
    await lab.topic('waking', 3);
    const value = (minute: number) =>
      Buffer.from(JSON.stringify({ at: new Date(START + minute * MINUTE).toISOString(), station: 'a', celsius: 1 }));
    await lab.log.append(
      'waking',
      [0, 1, 2].map((minute) => ({ key: 'a', value: value(minute) })),
    );
    const stream = await lab.until('waking', ({ rows }) => rows > 0);
    expect([stream.rows, stream.watermark]).toEqual([1, new Date(START + 1.5 * MINUTE).toISOString()]);
  });

  it('takes nothing while it is paused, and goes on where it was, also in another process', async () => {
    await lab.streams.pause('appended');
    const before = await lab.until('appended', ({ status }) => status === 'paused');
    await lab.produce(closing(START + 120 * MINUTE), 'station');
    await lab.rooms.reopen();
    await lab.until('updated', ({ events }) => events === before.events + 24);
    expect(await lab.streams.find('appended')).toMatchObject({ status: 'paused', events: before.events });
    expect((await lab.streams.find('appended')).partitions.reduce((sum, { lag }) => sum + lag!, 0)).toBe(24);
    await lab.streams.resume('appended');
    await lab.untilDone('appended', before.events + 24);
    expect(await lab.table('gold.minutes')).toHaveLength(15 + 24);
  });

  it('tells the same again in mode update when it begins anew', async () => {
    const before = await lab.table('gold.updates');
    const { events } = await lab.streams.find('updated');
    expect(await lab.streams.restart('updated', 'earliest')).toMatchObject({ events: 0 });
    await lab.untilDone('updated', events);
    expect(await lab.table('gold.updates')).toEqual(before);
  });
});
