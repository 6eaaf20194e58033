import { jest } from '@jest/globals';
import { openRooms, type Rooms } from '../../../test/fixtures/rooms.js';
import { DatasetNotFoundError } from '../../catalog/catalog.errors.js';
import { SqlEngine } from '../../engines/sql/sql.port.js';
import { LakeService } from '../lake.service.js';
import { MedallionModule } from '../medallion.module.js';
import { ProfileModule } from '../profile.module.js';
import type { ColumnProfile } from './profile.schema.js';
import { ProfileService } from './profile.service.js';
import { histogramOf, quantilesOf, timeOf } from './sample-statistics.js';

const FACTS = { run_id: null, inputs: [], keys: [], time: null, targets: [] };
const KINDS = `select i as id, if(i % 4 = 0, null, i * 0.5)::double as half, if(i < 50, 'lisboa', 'porto' || i % 5) as town,
  if(i = 7, 'nan', i::varchar)::double as odd, timestamptz '2020-01-01 00:00:00+00' + to_days(i::integer) as at, i % 2 = 0 as even,
  [i, i] as list, {'n': i % 3} as nested, null::integer as nothing, encode('b') as bytes from range(100) as t(i)`;

describe('ProfileService', () => {
  let rooms: Rooms;
  const profiles = () => rooms.module.get(ProfileService);
  const write = (table: string, sql: string) =>
    rooms.module.get(LakeService).write(table, { mode: 'overwrite', query: { sql }, facts: FACTS });
  const column = async (table: string, name: string): Promise<ColumnProfile> =>
    (await profiles().of(table)).columns.find((found) => found.name === name) as ColumnProfile;

  beforeAll(async () => {
    rooms = await openRooms([MedallionModule, ProfileModule]);
    await write('silver.kinds', KINDS);
  });
  afterAll(() => rooms.close());

  it('tells of a number what it is, exactly where the table is small', async () => {
    expect(await profiles().of('silver.kinds')).toMatchObject({ version: 0, rows: 100, sampled_rows: 100, exact: true });
    expect(await column('silver.kinds', 'half')).toMatchObject({
      ...{ type: 'DOUBLE', nulls: 25, distinct: 75, min: '0.5', max: '49.5', mean: 25, lengths: null },
      quantiles: { p05: 2.85, p25: 12.75, p50: 25, p75: 37.25, p95: 47.15 },
    });
    const { histogram } = await column('silver.kinds', 'half');
    expect(histogram?.reduce((sum, { count }) => sum + count, 0)).toBe(75);
    expect([histogram?.[0].from, histogram?.at(-1)?.to]).toEqual([0.5, 49.5]);
  });

  it('tells of text its lengths and its most frequent values', async () => {
    expect(await column('silver.kinds', 'town')).toMatchObject({
      ...{ nulls: 0, min: 'lisboa', max: 'porto4', mean: null, histogram: null, quantiles: null },
      lengths: { min: 6, max: 6, mean: 6 },
    });
    expect((await column('silver.kinds', 'town')).top_values.slice(0, 2)).toEqual([
      { value: 'lisboa', count: 50, share: 0.5 },
      { value: 'porto0', count: 10, share: 0.1 },
    ]);
  });

  it('leaves NaN out of mean and histogram, and takes times, nested columns and columns of nulls', async () => {
    expect((await column('silver.kinds', 'odd')).mean).toBeCloseTo((4950 - 7) / 99);
    expect(await column('silver.kinds', 'at')).toMatchObject({
      ...{ min: '2020-01-01 00:00:00+00', distinct: 100, mean: null },
      quantiles: { p50: Date.parse('2020-02-19T12:00:00Z') },
    });
    expect(await column('silver.kinds', 'nested')).toMatchObject({
      distinct: 3,
      min: null,
      top_values: [{ value: '{"n":0}' }, {}, {}],
    });
    expect(await column('silver.kinds', 'list')).toMatchObject({ lengths: { min: 2, max: 2, mean: 2 } });
    expect(await column('silver.kinds', 'nothing')).toMatchObject({
      nulls: 100,
      distinct: 0,
      min: null,
      histogram: null,
      top_values: [],
    });
    expect(await column('silver.kinds', 'even')).toMatchObject({ distinct: 2, min: null });
    expect(await column('silver.kinds', 'bytes')).toMatchObject({
      distinct: 1,
      top_values: [{ value: 'b', count: 100, share: 1 }],
    });
  });

  it('reads the table once for all who ask, keeps what it found, and knows older versions', async () => {
    await write('silver.twice', 'select 1 as id');
    await write('silver.twice', 'select 2 as id');
    const read = jest.spyOn(rooms.module.get(SqlEngine), 'rows');
    const [one, other] = await Promise.all([profiles().of('silver.twice'), profiles().of('silver.twice')]);
    const again = await profiles().of('silver.twice', 1);
    expect(read).toHaveBeenCalledTimes(1);
    read.mockRestore();
    expect([other, again]).toEqual([one, one]);
    expect((await profiles().of('silver.twice', 0)).columns[0]).toMatchObject({ min: '1' });
  });

  it('samples a large table, and counts what it counts in all of its rows', async () => {
    await write('silver.large', `select i as id, if(i % 10 < 3, 'often', 'rare' || i) as word from range(200_000) as t(i)`);
    const profile = await profiles().of('silver.large');
    expect(profile).toMatchObject({ rows: 200_000, exact: false });
    expect(profile.sampled_rows).toBeGreaterThan(45_000);
    expect(profile.sampled_rows).toBeLessThan(55_000);
    const [id, word] = profile.columns;
    expect(id).toMatchObject({ min: '0', max: '199999', mean: 99_999.5 });
    expect(Math.abs(id.distinct / 200_000 - 1)).toBeLessThan(0.1);
    expect(Math.abs((id.quantiles?.p50 ?? 0) / 100_000 - 1)).toBeLessThan(0.05);
    expect(word.top_values[0]).toMatchObject({ value: 'often' });
    expect(Math.abs(word.top_values[0].share - 0.3)).toBeLessThan(0.02);
  });

  it('takes columns whatever they are called', async () => {
    const names = ['rows', 'sample', 'sampled', 'row', 'pass', 'c0', 's0', 'v0', 't', 'a "b"'];
    await write('silver.named', `select ${names.map((name, i) => `${i} as "${name.replaceAll('"', '""')}"`).join(', ')}`);
    const { columns } = await profiles().of('silver.named');
    expect(columns.map(({ name, max, top_values: [top] }) => [name, max, top.value])).toEqual(
      names.map((name, i) => [name, `${i}`, `${i}`]),
    );
  });

  it('tells what it can of numbers whose squares or sums no number holds', async () => {
    await write(
      'silver.huge',
      `select unnest([1e200, -1e200, 6]) as wide, unnest([1.7e308, 1.7e308, -1.7e308]) as widest, unnest([1, 2, 'nan'::double]) as odd,
         unnest([99999999999999999999999999999999999999::decimal(38,0), 99999999999999999999999999999999999998, null]) as long`,
    );
    expect(await column('silver.huge', 'wide')).toMatchObject({ max: '1e+200', mean: expect.any(Number), stddev: null });
    expect(await column('silver.huge', 'widest')).toMatchObject({ mean: null, stddev: null, quantiles: null, histogram: null });
    expect(await column('silver.huge', 'odd')).toMatchObject({ mean: 1.5, stddev: Math.SQRT1_2 });
    expect(await column('silver.huge', 'long')).toMatchObject({ nulls: 1, mean: 1e38, stddev: 0 });
  });

  it('takes an empty table', async () => {
    await write('silver.empty', 'select 1 as id where false');
    expect(await profiles().of('silver.empty')).toMatchObject({ rows: 0, columns: [{ nulls: 0, distinct: 0, histogram: null }] });
  });

  it('says so when there is no such table or version', async () => {
    await expect(profiles().of('silver.none')).rejects.toThrow(DatasetNotFoundError);
    await expect(profiles().of('silver.kinds', 9)).rejects.toMatchObject({ status: 404 });
  });
});

describe('statistics of a sample', () => {
  it('have one bin for one value, and put the greatest into the last', () => {
    expect(histogramOf(Float64Array.of(2, 2))).toEqual([{ from: 2, to: 2, count: 2 }]);
    expect(histogramOf(Float64Array.of(0, 1, 2, 4))?.map(({ count }) => count)).toEqual([2, 1, 1]);
    expect(quantilesOf(Float64Array.of(3))).toEqual({ p05: 3, p25: 3, p50: 3, p75: 3, p95: 3 });
  });

  it.each([
    ['2020-01-01', 1_577_836_800_000],
    ['1969-12-31 23:59:59.5+00', -500],
    ['2020-01-01 00:00:00.123456+00', 1_577_836_800_123],
    ['infinity', NaN],
    ['0044-03-15 (BC)', NaN],
  ])('read the time %s', (text, time) => expect(timeOf(text)).toBe(time));
});
