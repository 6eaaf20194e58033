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
      updated: file('updated', `${AGGREGATE}\n  mode: update\nto: { topic: updates, table: gold.updates, postgres: updates }`),
    });
  });
  afterAll(() => lab.close());

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
      ...{ window_start: '2026-01-01T00:00:00.000Z', window_end: '2026-01-01T00:01:00.000Z', station: 's0', events: 4, mean: 1.5 },
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
});
