import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openLake, type TestLake } from '../../../test/fixtures/lake.js';
import type { Emission, Operator, OutputRow, StreamEvent } from '../processing/operator.types.js';
import { openWindows } from './open-windows.js';
import { AggregateOptions } from './window.schema.js';

type Reading = { readonly moment: number; readonly station: string | null; readonly celsius: number | null };

const MINUTE = 60_000;
const VALUES = {
  events: { count: '*' },
  known: { count: 'celsius' },
  total: { sum: 'celsius' },
  mean: { avg: 'celsius' },
  low: { min: 'celsius' },
  high: { max: 'celsius' },
  spread: { stddev: 'celsius' },
};
const SQL_VALUES = `count(*) as events, count(celsius) as known, sum(celsius) as total, avg(celsius) as mean, min(celsius) as low,
  max(celsius) as high, stddev_samp(celsius) as spread`;

const options = (overrides: Record<string, unknown>): AggregateOptions =>
  AggregateOptions.parse({ group_by: ['station'], values: VALUES, window: { tumbling: '1m' }, ...overrides });

const eventOf = (reading: Reading): StreamEvent => ({ time: reading.moment, value: { ...reading } }) as unknown as StreamEvent;

class Table implements Emission {
  readonly rows = new Map<string, OutputRow['values']>();
  readonly lateOnes: StreamEvent[] = [];
  told = 0;

  row({ values, gone }: OutputRow): void {
    this.told++;
    const identity = JSON.stringify([values.window_start, values.station]);
    if (gone) this.rows.delete(identity);
    else this.rows.set(identity, values);
  }

  late(event: StreamEvent): void {
    this.lateOnes.push(event);
  }
}

/** Lehmer's generator. @returns whole numbers below a bound */
const randomFrom = (seed: number): ((bound: number) => number) => {
  let state = seed;
  return (bound) => (state = (state * 48_271) % 2_147_483_647) % bound;
};

/** Ascending times with gaps, out of order by less than half a minute, from some stations, one of them without a name. */
function disordered(seed: number, many: number): Reading[] {
  const below = randomFrom(seed);
  let now = 1_700_000_000_000;
  return Array.from({ length: many }, () => {
    now += below(40) === 0 ? below(4 * MINUTE) : below(1_500);
    const station = below(6);
    return {
      moment: now - below(MINUTE / 2),
      station: station === 0 ? null : `s${station}`,
      celsius: below(10) === 0 ? null : below(400) / 8 - 10,
    };
  });
}

/** Feeds events as the runtime does; now and then the operator dies and another goes on from its snapshots. */
function run(
  given: AggregateOptions,
  readings: readonly Reading[],
  { delay = MINUTE / 2, restarts = true, drain = true } = {},
): Table {
  const [table, below] = [new Table(), randomFrom(99)];
  let operator: Operator = openWindows(given);
  let [pieces, watermark]: [Buffer[], number] = [[], -Infinity];
  for (const reading of readings) {
    operator.process(eventOf(reading), table);
    if (reading.moment - delay > watermark) operator.advance((watermark = reading.moment - delay), table);
    if (below(50) > 0) continue;
    operator.flush(table);
    const whole = below(4) === 0;
    pieces = [...(whole ? [] : pieces), ...operator.snapshot(whole ? 'whole' : 'changes')];
    if (!restarts || below(3) > 0) continue;
    operator = openWindows(given);
    for (const piece of pieces) operator.restore(piece);
    operator.advance(watermark, table);
  }
  if (drain) operator.advance(Number.MAX_SAFE_INTEGER, table);
  operator.flush(table);
  expect(operator.entries > 0).toBe(!drain || given.mode === 'complete');
  return table;
}

describe('windows', () => {
  let lake: TestLake;
  beforeAll(async () => {
    lake = await openLake();
  });
  afterAll(() => lake.close());

  const batch = async (readings: readonly Reading[], sql: string): Promise<Record<string, unknown>[]> => {
    const file = join(lake.dataDir, 'readings.jsonl');
    await writeFile(file, readings.map((reading) => JSON.stringify(reading)).join('\n'));
    const columns = Object.entries({ moment: 'BIGINT', station: 'VARCHAR', celsius: 'DOUBLE' }).map(([name, type]) => ({
      name,
      type,
    }));
    return lake.sql.rows({ sql, tables: { readings: { format: 'json', files: [file], columns } } });
  };

  const TUMBLING = `select (moment // 60000) * 60000 as window_start, (moment // 60000) * 60000 + 60000 as window_end, station, ${SQL_VALUES}
    from readings group by all`;
  const HOPPING = `select start as window_start, start + 180000 as window_end, station, ${SQL_VALUES}
    from (select *, unnest(range((moment // 60000) * 60000 - 120000, (moment // 60000) * 60000 + 1, 60000)) as start from readings) group by all`;
  const SESSIONS = `with marked as (
      select *, coalesce(moment - lag(moment) over (partition by station order by moment) >= 20000, true) as first from readings),
    numbered as (select *, sum(first::int) over (partition by station order by moment rows unbounded preceding) as session from marked)
    select min(moment) as window_start, max(moment) + 20000 as window_end, station, ${SQL_VALUES} from numbered group by station, session`;

  const KINDS = [
    ['tumbling', { tumbling: '1m' }, TUMBLING],
    ['hopping', { hopping: '3m', every: '1m' }, HOPPING],
    ['session', { session: '20s' }, SESSIONS],
  ] as const;

  const expectSame = (table: Table, expected: readonly Record<string, unknown>[]): void => {
    const byPlace = (rows: Iterable<Record<string, unknown>>): string[] =>
      Array.from(rows, (row) => {
        const plain = Object.entries(row).map(
          ([name, value]) => [name, typeof value === 'bigint' ? Number(value) : value] as const,
        );
        return JSON.stringify(
          Object.fromEntries(
            plain.map(([name, value]) => [name, name === 'spread' && value !== null ? Number(value).toFixed(6) : value]),
          ),
        );
      }).sort();
    expect(byPlace(table.rows.values())).toEqual(byPlace(expected));
  };

  describe.each(KINDS)('%s', (_kind, window, sql) => {
    it.each(['append', 'update', 'complete'])('in mode %s tell what a batch query tells of the same events', async (mode) => {
      for (const seed of [3, 17]) {
        const readings = disordered(seed, 1_500);
        const table = run(options({ window, mode }), readings);
        expect(table.lateOnes).toEqual([]);
        expectSame(table, await batch(readings, sql));
      }
    });

    it('tell each row once in mode append', () => {
      const table = run(options({ window }), disordered(5, 1_500));
      expect(table.told).toBe(table.rows.size);
    });

    it('count each event in its window or as late, none in both and none in neither', () => {
      const readings = disordered(23, 1_500);
      const table = run(options({ window }), readings, { delay: 2_000 });
      const counted = [...table.rows.values()].reduce((sum, row) => sum + Number(row.events), 0);
      // An event comes too late for one of its hopping windows, and in time for the next.
      if ('every' in window) expect([table.lateOnes, counted < 3 * readings.length]).toEqual([[], true]);
      else expect([table.lateOnes.length > 10, counted + table.lateOnes.length]).toEqual([true, readings.length]);
    });

    it('wait for late events as long as they may be late', async () => {
      const readings = disordered(23, 1_500);
      const table = run(options({ window, allowed_lateness: '28s' }), readings, { delay: 2_000 });
      expect(table.lateOnes).toEqual([]);
      expectSame(table, await batch(readings, sql));
    });
  });

  it('stand on a grid that may be moved', () => {
    const day = 86_400_000;
    const table = run(options({ window: { tumbling: '1d', offset: '3h' } }), [
      { moment: day + 10_799_999, station: 'a', celsius: 1 },
    ]);
    expect([...table.rows.values()][0]).toMatchObject({ window_start: 10_800_000, window_end: day + 10_800_000 });
  });

  it('make one session of two that a later event bridges, and take back the row of the second', () => {
    const [early, bridge, next] = [0, 15_000, 30_000].map((moment) => ({ moment, station: 'a', celsius: 1 }));
    const table = run(options({ window: { session: '20s' }, mode: 'update' }), [early, next], { restarts: false, drain: false });
    expect(table.rows.size).toBe(2);
    const operator = openWindows(options({ window: { session: '20s' }, mode: 'update' }));
    const told = new Table();
    for (const reading of [early, next]) operator.process(eventOf(reading), told);
    operator.flush(told);
    operator.process(eventOf(bridge), told);
    operator.flush(told);
    expect([...told.rows.values()]).toMatchObject([{ window_start: 0, window_end: 50_000, events: 3 }]);
  });

  it.each([
    ['celsius: must be a number', { moment: 1, station: 'a', celsius: 'warm' }],
    ['celsius: must be a number', { moment: 1, station: 'a', celsius: Infinity }],
    ['station: must be text that every database can keep', { moment: 1, station: 'a\0', celsius: 1 }],
    ['station: must be text that every database can keep', { moment: 1, station: {}, celsius: 1 }],
  ])('refuse an event whose %s, and are as they were', (reason, value) => {
    const operator = openWindows(options({}));
    expect(() => operator.process({ time: 1, value } as unknown as StreamEvent, new Table())).toThrow(reason);
    expect([operator.entries, [...operator.snapshot('changes')]]).toEqual([0, []]);
  });

  it('tell approximate values beside exact ones', () => {
    const values = {
      stations: { distinct: 'station' },
      median: { quantile: 'celsius', at: 0.5 },
      most: { quantile: 'celsius', at: 1 },
    };
    const readings = Array.from({ length: 1_001 }, (_, index) => ({
      moment: index,
      station: `s${index % 7}`,
      celsius: (index * 37) % 1_001,
    }));
    const [row] = run(options({ group_by: [], values }), readings).rows.values();
    expect(row).toMatchObject({ stations: 7, most: 1_000 });
    expect(Math.abs(Number(row.median) - 500)).toBeLessThan(10);
  });
});
