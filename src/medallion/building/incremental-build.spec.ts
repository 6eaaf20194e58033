import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { aTaskRun, openRooms, type Rooms } from '../../../test/fixtures/rooms.js';
import { CatalogModule } from '../../catalog/catalog.module.js';
import { DeltaModule } from '../../delta/delta.module.js';
import { DeltaService } from '../../delta/delta.service.js';
import { SqlEngine } from '../../engines/sql/sql.port.js';
import { BuildService } from '../build.service.js';
import { LakeService } from '../lake.service.js';
import { MedallionModule } from '../medallion.module.js';
import { BuildOptions } from './build-options.js';

const FACTS = { run_id: null, inputs: [], keys: [], time: null, targets: [] };
const DAYS = 'intervals: { every: day, start: 2001-01-01, end: 2001-01-04 }\n';

const aModel = ({
  header = `kind: incremental_by_time\ntime: day\n${DAYS}`,
  select = 'count(*) as sales, sum(amount) as amount',
} = {}) =>
  `/*---
name: silver.sales_0
description: Sales by day
${header}---*/
select cast(sold as date) as day, ${select}
from bronze.sales_0 where sold >= @start and sold < @end group by cast(sold as date)
`;

describe('models that are built interval by interval', () => {
  let rooms: Rooms;
  /** Of the test: so that all may share the rooms. */
  let number = 0;
  const bronze = () => `bronze.sales_${number}`;
  const silver = () => `silver.sales_${number}`;
  beforeAll(async () => {
    const none = { 'transforms/silver/houses.sql': undefined, 'transforms/gold/house_training.sql': undefined };
    rooms = await openRooms([MedallionModule, CatalogModule, DeltaModule], {
      ...none,
      'transforms/silver/sales_0.sql': aModel(),
    });
  });
  afterAll(() => rooms.close());
  beforeEach(() => void number++);

  const change = (sql: string) =>
    writeFile(join(rooms.workspace, `transforms/silver/sales_${number}.sql`), sql.replaceAll(/_0\b/g, `_${number}`));
  const open = (sql = aModel()) => change(sql);
  const sell = (...at: string[]) =>
    rooms.module.get(LakeService).write(bronze(), {
      mode: 'append',
      query: { sql: `select unnest([${at.map((time) => `timestamptz '${time}:00+00'`).join(', ')}]) as sold, 10 as amount` },
      facts: FACTS,
    });
  const build = (options: Partial<BuildOptions> = {}, run = aTaskRun()) =>
    rooms.module.get(BuildService).build(BuildOptions.parse({ models: [silver()], ...options }), run);
  const rows = async (columns = 'day, sales'): Promise<unknown[][]> => {
    const delta = rooms.module.get(DeltaService);
    const t = await delta.relation(await delta.snapshot(silver()));
    const found = await rooms.module.get(SqlEngine).rows({
      sql: `select * replace (cast(day as varchar) as day) from (select ${columns} from t order by day)`,
      tables: { t },
    });
    return found.map((row) => Object.values(row).map((value) => (typeof value === 'bigint' ? Number(value) : value)));
  };
  const versions = async () => (await rooms.module.get(DeltaService).history(silver())).length;

  it('makes each in a commit of its own, and none again', async () => {
    await open();
    await sell('2001-01-01 10:00', '2001-01-01 23:59', '2001-01-03 00:00');
    const { models } = await build();
    expect(models).toMatchObject([{ name: silver(), rows: 2, intervals: 3, version: 2 }]);
    expect(await rows()).toEqual([
      ['2001-01-01', 2],
      ['2001-01-03', 1],
    ]);
    expect(await build()).toMatchObject({ skipped: true });
    expect(await versions()).toBe(3);
  });

  it('makes each once when a build is forced of which there is no table yet', async () => {
    await open();
    await sell('2001-01-01 10:00', '2001-01-03 10:00');
    expect((await build({ force: true })).models).toMatchObject([{ rows: 2, intervals: 3, version: 2 }]);
    expect(await versions()).toBe(3);
    expect((await build({ force: true })).models).toMatchObject([{ rows: 2, intervals: 3, version: 3 }]);
  });

  it('makes those again that late rows fall into, and no others', async () => {
    await open();
    await sell('2001-01-01 10:00', '2001-01-02 10:00', '2001-01-03 10:00');
    await build();
    await sell('2001-01-01 11:00', '2001-01-09 11:00');
    expect((await build()).models).toMatchObject([{ intervals: 1 }]);
    expect(await rows()).toEqual([
      ['2001-01-01', 2],
      ['2001-01-02', 1],
      ['2001-01-03', 1],
    ]);
    expect(await build()).toMatchObject({ skipped: true });
  });

  it('makes the newest again that the lookback says, whatever has changed', async () => {
    await open(aModel({ header: `kind: incremental_by_time\ntime: day\n${DAYS.replace(' }', ', lookback: 2 }')}` }));
    await sell('2001-01-01 10:00');
    await build();
    await sell('2001-01-09 11:00');
    expect((await build()).models).toMatchObject([{ intervals: 2 }]);
    expect(await build()).toMatchObject({ skipped: true });
  });

  it('makes those again of which rows have changed or gone, and none for rows that were only moved', async () => {
    await open();
    await sell('2001-01-01 10:00', '2001-01-02 10:00');
    await sell('2001-01-03 10:00');
    await build();
    const delta = rooms.module.get(DeltaService);
    await delta.optimize(bronze());
    expect(await build()).toMatchObject({ skipped: true });
    await delta.update(bronze(), { where: { sql: "sold < '2001-01-02'" }, set: { amount: '11' } });
    await delta.delete(bronze(), { where: { sql: "sold > '2001-01-03'" } });
    expect((await build()).models).toMatchObject([{ intervals: 2 }]);
    expect(await rows('day, amount')).toEqual([
      ['2001-01-01', '11'],
      ['2001-01-02', '10'],
    ]);
  });

  it('goes on with late rows when it stopped in their midst', async () => {
    await open();
    await sell('2001-01-01 10:00', '2001-01-02 10:00', '2001-01-03 10:00');
    await build();
    await sell('2001-01-01 11:00', '2001-01-03 11:00');
    const stop = new AbortController();
    const run = aTaskRun({ signal: stop.signal });
    const halted = { ...run, log: { ...run.log, info: () => stop.abort(new Error('stopped')) } };
    await expect(build({}, halted)).rejects.toThrow('stopped');
    expect((await build()).models).toMatchObject([{ intervals: 1 }]);
    expect(await rows()).toEqual([
      ['2001-01-01', 2],
      ['2001-01-02', 1],
      ['2001-01-03', 2],
    ]);
  });

  it('makes all that a row falls into when intervals look further back than they are long', async () => {
    await open(
      aModel()
        .replace('cast(sold as date) as day', 'cast(@end as date) - 1 as day')
        .replace('sold >= @start', 's.sold >= @start - interval 1 day')
        .replace('bronze.sales_0 where', 'bronze.sales_0 as s where')
        .replace('group by cast(sold as date)', ''),
    );
    await sell('2001-01-01 10:00');
    await build();
    await sell('2001-01-02 11:00');
    expect((await build()).models).toMatchObject([{ intervals: 2 }]);
    expect(await rows()).toEqual([
      ['2001-01-01', 1],
      ['2001-01-02', 2],
      ['2001-01-03', 1],
    ]);
  });

  it('sees late rows through a view and beside other tables, whose changes make nothing again', async () => {
    const [view, towns] = [`silver.sold_${number}`, `bronze.towns_${number}`];
    const header = (name: string, rest: string): string => `/*---\nname: ${name}\ndescription: Sales\n${rest}---*/\n`;
    await writeFile(
      join(rooms.workspace, `transforms/silver/sold_${number}.sql`),
      header(view, 'kind: view\n') + `select sold, amount from ${bronze()} where amount > 0`,
    );
    await change(
      header(silver(), `kind: incremental_by_time\ntime: day\n${DAYS}`) +
        `select cast(sold as date) as day, count(*) as sales from ${view} left join ${towns} on town = amount
         where sold >= @start and @end > sold group by cast(sold as date)`,
    );
    const town = (name: number) =>
      rooms.module.get(LakeService).write(towns, { mode: 'append', query: { sql: `select ${name} as town` }, facts: FACTS });
    await town(1);
    await sell('2001-01-01 10:00', '2001-01-02 10:00');
    expect((await build()).models).toMatchObject([{ intervals: 3 }]);
    await town(2);
    expect(await build()).toMatchObject({ skipped: true });
    await sell('2001-01-02 11:00');
    expect((await build()).models).toMatchObject([{ intervals: 1 }]);
    expect(await rows()).toEqual([
      ['2001-01-01', 1],
      ['2001-01-02', 2],
    ]);
  });

  const daily = (select: string) => aModel().replace(/select cast[\s\S]*$/, `${select}\n`);
  const inDay = 'where day >= @start and day < @end';
  it.each([
    ['a name of its own', `select cast(sold as date) as day, 1 as sales from bronze.sales_0 ${inDay}`],
    [
      'a column of a WITH',
      `with s as (select cast(sold as date) as day, * from bronze.sales_0 where amount > 0)
       select day, count(*) as sales from s ${inDay} group by day`,
    ],
    [
      'a column of a SELECT in brackets',
      `select *, 1 as sales from (select cast(sold as date) as day from bronze.sales_0) ${inDay}`,
    ],
  ])('sees late rows where the SELECT filters by %s', async (_what, select) => {
    await open(daily(select));
    await sell('2001-01-01 10:00', '2001-01-02 10:00');
    await build();
    await sell('2001-01-02 11:00');
    const run = aTaskRun();
    expect((await build({}, run)).models).toMatchObject([{ intervals: 1 }]);
    expect(run.lines.join()).not.toContain('late rows');
    expect(await rows('day, sum(sales) over (partition by day)')).toContainEqual(['2001-01-02', 2]);
  });

  it('says that it sees no late rows where no condition is one over the columns of a table', async () => {
    await open(
      daily(
        `with d as (select cast(sold as date) as day, count(*) as sales from bronze.sales_0 group by all)\nselect * from d ${inDay}`,
      ),
    );
    await sell('2001-01-01 10:00', '2001-01-02 10:00');
    const run = aTaskRun();
    await build({}, run);
    expect(run.lines[0]).toMatch(
      /^transforms\/silver\/sales_\d+\.sql:9: late rows re-open no interval\(s\) of "silver\.sales_\d+": .* \(bronze\.sales_\d+\)\. Say the range/,
    );
    await sell('2001-01-02 11:00');
    expect(await build()).toMatchObject({ skipped: true });
  });

  it('makes all of them again when what was read is gone', async () => {
    await open();
    await sell('2001-01-01 10:00', '2001-01-02 10:00');
    await build();
    const delta = rooms.module.get(DeltaService);
    await delta.delete(bronze(), { where: { sql: "sold > '2001-01-02'" } });
    await delta.vacuum(bronze(), { retentionHours: 0, force: true });
    expect((await build()).models).toMatchObject([{ intervals: 3 }]);
    expect(await rows()).toEqual([['2001-01-01', 1]]);
  });

  it('makes a range again when it is asked to, once in a run', async () => {
    await open();
    await sell('2001-01-01 10:00', '2001-01-03 10:00');
    await build();
    await sell('2001-01-01 11:00', '2001-01-02 11:00');
    const stop = new AbortController();
    const run = aTaskRun({ signal: stop.signal });
    const halted = { ...run, log: { ...run.log, info: () => stop.abort(new Error('stopped')) } };
    const range = { from: '2001-01-01', to: '2001-01-03' };
    await expect(build(range, halted)).rejects.toThrow('stopped');
    expect((await build(range, aTaskRun())).models).toMatchObject([{ intervals: 1 }]);
    expect(await rows()).toEqual([
      ['2001-01-01', 2],
      ['2001-01-02', 1],
      ['2001-01-03', 1],
    ]);
  });

  it('makes all of them again in one commit when the model has changed', async () => {
    await open();
    await sell('2001-01-01 10:00', '2001-01-03 10:00');
    await build();
    await change(aModel({ select: 'count(*) as sales, avg(amount) as mean' }));
    expect((await build()).models).toMatchObject([{ intervals: 3, rows: 2, version: 3 }]);
    expect(await rows('day, mean')).toEqual([
      ['2001-01-01', 10],
      ['2001-01-03', 10],
    ]);
    expect(await build()).toMatchObject({ skipped: true });
  });

  it('writes them in one commit with a text that is no longer for more of them', async () => {
    await open();
    await sell('2001-01-01 10:00', '2001-01-01 11:00');
    await build();
    const made = jest.spyOn(rooms.module.get<SqlEngine>(SqlEngine), 'materialise');
    const textOf = async (plan: string): Promise<number> => {
      made.mockClear();
      await change(aModel({ header: `kind: incremental_by_time\ntime: day\n${plan}`, select: 'sold' }).replace(/group by.*/, ''));
      await build();
      return Math.max(...made.mock.calls.map(([{ sql }]) => sql.length));
    };
    expect(await textOf(DAYS.replace('day', 'hour').replace('01-04', '01-02'))).toBe(await textOf(DAYS));
    made.mockRestore();
    expect(await rows('day, sold')).toHaveLength(2);
  });

  it('goes on where it was when only a later end is declared', async () => {
    await open();
    await sell('2001-01-01 10:00', '2001-01-04 10:00');
    await build();
    await change(aModel({ header: `kind: incremental_by_time\ntime: day\n${DAYS.replace('01-04', '01-05')}` }));
    expect((await build()).models).toMatchObject([{ intervals: 1, rows: 1 }]);
  });

  it('knows what it made when another system has changed the table meanwhile', async () => {
    await open();
    await sell('2001-01-01 10:00');
    await build();
    await rooms.module.get(DeltaService).delete(silver(), { where: { sql: "day = date '2001-01-01'" } });
    expect(await build()).toMatchObject({ skipped: true });
  });

  it('loses nothing when two builds make them at the same time', async () => {
    await open();
    await sell('2001-01-01 10:00', '2001-01-02 10:00', '2001-01-03 10:00');
    await Promise.all([build(), build({}, aTaskRun({ runId: 'b7e0c1e6-0f0e-4a43-9a0e-6e6f0e7f0001' })), build({ force: true })]);
    expect(await rows()).toEqual([
      ['2001-01-01', 1],
      ['2001-01-02', 1],
      ['2001-01-03', 1],
    ]);
    expect(await build()).toMatchObject({ skipped: true });
  });

  it('refuses rows that no other build of their interval could replace', async () => {
    await open(aModel({ select: 'count(*) as sales' }).replace('cast(sold as date) as day', 'cast(sold as date) + 7 as day'));
    await sell('2001-01-01 10:00');
    await expect(build()).rejects.toThrow(
      /^transforms\/silver\/sales_\d+\.sql:5: "silver\.sales_\d+" made 1 row\(s\) for 2001-01-01 to 2001-01-02 whose "day" is missing or lies outside/,
    );
    expect(await rooms.module.get(DeltaService).exists(silver())).toBe(false);
  });

  it('refuses a range that overlaps an interval in part, that begins too early, or that nothing can have', async () => {
    await open();
    await sell('2001-01-01 10:00');
    await expect(build({ from: '2001-01-01T06:00:00Z' })).rejects.toThrow(
      'Take 2001-01-01T00:00:00.000Z or 2001-01-02T00:00:00.000Z.',
    );
    await expect(build({ from: '2000-12-01' })).rejects.toThrow('"from" is before 2001-01-01T00:00:00.000Z');
    await change(`/*---\nname: silver.sales_0\ndescription: Sales\n---*/\nselect * from bronze.sales_0\n`);
    await expect(build({ from: '2001-01-01' })).rejects.toThrow('none of these is one: silver.sales_');
  });

  it('refuses more intervals than can be made', async () => {
    await open(aModel({ header: 'kind: incremental_by_time\ntime: day\nintervals: { every: hour, start: 0001-01-01 }\n' }));
    await sell('2001-01-01 10:00');
    await expect(build()).rejects.toThrow(
      /^transforms\/silver\/sales_\d+\.sql:6: 17,\d{3},\d{3} intervals \(every: hour\) have passed, and a model has at most 1,000,000\. Let/,
    );
  });
});

describe('views', () => {
  let rooms: Rooms;
  afterEach(() => rooms.close());

  it('are part of the models that read them, which are made again when they change', async () => {
    const view = (condition: string) =>
      `/*---\nname: silver.large\ndescription: Large houses\nkind: view\n---*/\nselect * from bronze.houses where ${condition}\n`;
    const model = '/*---\nname: gold.sizes\ndescription: Sizes\n---*/\nselect count(*) as houses from silver.large\n';
    rooms = await openRooms([MedallionModule, CatalogModule, DeltaModule], {
      'transforms/silver/large.sql': view('area > 10'),
      'transforms/gold/sizes.sql': model,
    });
    const query = { sql: 'select 5 * range as area from range(5)' };
    await rooms.module.get(LakeService).write('bronze.houses', { mode: 'append', query, facts: FACTS });
    const build = () => rooms.module.get(BuildService).build(BuildOptions.parse({ models: ['gold.sizes'] }), aTaskRun());
    expect((await build()).models.map(({ name }) => name)).toEqual(['gold.sizes']);
    const delta = rooms.module.get(DeltaService);
    const houses = async () => {
      const t = await delta.relation(await delta.snapshot('gold.sizes'));
      return (await rooms.module.get(SqlEngine).rows({ sql: 'select * from t', tables: { t } }))[0].houses;
    };
    expect(await houses()).toBe(2n);
    expect(await delta.exists('silver.large')).toBe(false);
    await writeFile(join(rooms.workspace, 'transforms/silver/large.sql'), view('area > 15'));
    expect((await build()).skipped).toBe(false);
    expect(await houses()).toBe(1n);
  });
});
