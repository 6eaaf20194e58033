import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { aTaskRun, openRooms, type Rooms } from '../../../test/fixtures/rooms.js';
import { CatalogModule } from '../../catalog/catalog.module.js';
import { DeltaModule } from '../../delta/delta.module.js';
import { DeltaService } from '../../delta/delta.service.js';
import { LakeStorage } from '../../engines/storage/storage.port.js';
import { BuildService } from '../build.service.js';
import { BuildOptions } from '../building/build-options.js';
import { LakeService } from '../lake.service.js';
import { MedallionModule } from '../medallion.module.js';
import { PlanService } from './plan.service.js';

const FACTS = { run_id: null, inputs: [], keys: [], time: null, targets: [] };

const aModel = (name: string, select: string, header = ''): string =>
  `/*---\nname: ${name}\ndescription: A table\n${header}---*/\n${select}\n`;
const BY_DAY =
  'kind: incremental_by_time\ntime: day\nintervals: { every: day, start: 2001-01-01, end: 2001-01-04, lookback: 1 }\n';
const days = (extra = '') =>
  aModel('silver.days', `select id, day${extra} from silver.paid where day >= @start and day < @end`, BY_DAY);
const paid = (condition = 'id > 0') => aModel('silver.paid', `select id, day from bronze.sales where ${condition}`);

describe('PlanService', () => {
  let rooms: Rooms;
  beforeEach(async () => {
    rooms = await openRooms([MedallionModule, CatalogModule, DeltaModule], {
      'transforms/silver/houses.sql': undefined,
      'transforms/gold/house_training.sql': undefined,
      'transforms/silver/paid.sql': paid(),
      'transforms/silver/days.sql': days(),
    });
  });
  afterEach(() => rooms.close());

  const sell = (id: number) =>
    rooms.module.get(LakeService).write('bronze.sales', {
      mode: 'append',
      query: { sql: `select ${id} as id, date '2001-01-0${id}' as day` },
      facts: FACTS,
    });
  const plan = (options: Partial<BuildOptions> = {}) => rooms.module.get(PlanService).plan(BuildOptions.parse(options));
  const build = () => rooms.module.get(BuildService).build(BuildOptions.parse({}), aTaskRun());
  const edit = (name: string, sql: string) => writeFile(join(rooms.workspace, `transforms/silver/${name}.sql`), sql);
  const told = async (options: Partial<BuildOptions> = {}) =>
    (await plan(options)).models.map(({ name, action, reasons }) => [name, action, ...reasons]);

  it('says what is missing, what would be made first, and how many rows are read', async () => {
    expect(await told()).toEqual([
      ['silver.paid', 'blocked', 'bronze.sales is not there: load its source first, or mend the name'],
      ['silver.days', 'blocked', 'silver.paid cannot be built'],
    ]);
    await sell(1);
    const { models, changes, rows_read } = await plan();
    expect(models).toMatchObject([
      {
        name: 'silver.paid',
        action: 'add',
        reads: [{ table: 'bronze.sales', version: 0, rows: 1, rows_read: 1, built_first: false }],
      },
      {
        name: 'silver.days',
        action: 'add',
        reads: [{ table: 'silver.paid', rows: null, built_first: true }],
        intervals: {
          count: 3,
          ranges: [{ start: '2001-01-01T00:00:00.000Z', end: '2001-01-04T00:00:00.000Z' }],
          in_one_commit: false,
        },
      },
    ]);
    expect([changes, rows_read]).toEqual([2, 1]);
    expect(await rooms.module.get(DeltaService).tables()).toEqual(['bronze.sales']);
  });

  it('has nothing to say after a build, and the build does what it said', async () => {
    await sell(1);
    await build();
    expect(await told()).toEqual([
      ['silver.paid', 'keep'],
      ['silver.days', 'keep'],
    ]);
    await sell(2);
    expect(await told()).toEqual([
      ['silver.paid', 'update', 'rows of bronze.sales have changed, last in version 1'],
      ['silver.days', 'update', 'not done, or done before what they read changed: 2001-01-03 to 2001-01-04'],
    ]);
    expect((await build()).models).toMatchObject([{ skipped: false }, { skipped: false, intervals: 2 }]);
    expect((await plan()).changes).toBe(0);
  });

  it('counts the rows of the files that the open intervals may be in, and of its own table where a model reads that', async () => {
    await edit('paid', aModel('silver.paid', 'select id, day from bronze.sales', 'kind: incremental_by_key\nkeys: [id]\n'));
    await edit(
      'days',
      aModel(
        'silver.days',
        'select id, day from bronze.sales where day >= @start and day < @end',
        BY_DAY.replace('lookback: 1', 'lookback: 0'),
      ),
    );
    const storage = rooms.module.get(LakeStorage);
    const [opened, ...written] = [
      jest.spyOn(storage, 'localFile'),
      ...(['write', 'create', 'adopt', 'stage', 'remove'] as const).map((name) => jest.spyOn(storage, name)),
    ];
    const read = async (options: Partial<BuildOptions> = {}) =>
      (await plan(options)).models.map(({ name, rows_read, reads }) => [name, rows_read, ...reads.map((each) => each.rows_read)]);
    for (const id of [1, 2, 3]) await sell(id);
    [opened, ...written].forEach((spy) => spy.mockClear());
    expect(await read()).toEqual([
      ['silver.days', 3, 3],
      ['silver.paid', 3, 3],
    ]);
    for (const spy of [opened, ...written]) expect(spy).not.toHaveBeenCalled();
    await build();
    expect(await read()).toEqual([
      ['silver.days', 0, 0],
      ['silver.paid', 0, 0],
    ]);
    [opened, ...written].forEach((spy) => spy.mockClear());
    expect(await read({ models: ['silver.days'], from: '2001-01-02', to: '2001-01-03' })).toEqual([['silver.days', 1, 1]]);
    for (const spy of [opened, ...written]) expect(spy).not.toHaveBeenCalled();
    await sell(3);
    expect(await read()).toEqual([
      ['silver.days', 2, 2],
      ['silver.paid', 7, 4, 3],
    ]);
    jest.restoreAllMocks();
  });

  it('follows a change of a model through all that stand on it', async () => {
    await sell(1);
    await build();
    await edit('paid', paid('id > 1'));
    expect(await told()).toEqual([
      ['silver.paid', 'change', 'its SELECT has changed'],
      [
        'silver.days',
        'change',
        'the model silver.paid, on which it stands, has changed',
        'silver.paid, which it reads, is built first',
      ],
    ]);
    expect((await build()).models).toMatchObject([{ skipped: false }, { skipped: false, intervals: 3 }]);
  });

  it('warns of a model of which late rows make nothing again, also when there is nothing to do', async () => {
    await sell(1);
    const warnings = async () => (await plan({ models: ['silver.days'] })).models.map((model) => model.warnings);
    await build();
    expect(await warnings()).toEqual([[], []]);
    const limited = 'select id, day from (select * from silver.paid limit 9) where day >= @start and day < @end';
    await edit('days', aModel('silver.days', limited, BY_DAY));
    const warning = expect.stringMatching(/^transforms\/silver\/days\.sql:8: late rows re-open only the newest 1 interval\(s\)/);
    expect(await warnings()).toEqual([[], [warning]]);
    await build();
    expect(await warnings()).toEqual([[], [warning]]);
  });

  it('names what was asked for, and what the workspace has no more', async () => {
    await sell(1);
    await build();
    await edit('paid', `${paid().replace('description: A table', 'description: A table\nkeys: [id]')}`);
    expect((await told({ models: ['silver.paid'] }))[0]).toEqual(['silver.paid', 'change', 'keys in its header has changed']);
    await edit('paid', paid());
    const asked = { models: ['silver.days'], from: '2001-01-01', to: '2001-01-02' };
    expect((await plan(asked)).models[1]).toMatchObject({ action: 'update', intervals: { count: 1 } });
    await rm(join(rooms.workspace, 'transforms/silver/days.sql'));
    expect((await told())[1]).toEqual([
      'silver.days',
      'remove',
      'the workspace has no such model any more; its table stays as it is',
    ]);
  });

  it('plans beside a table of others that cannot be read', async () => {
    await sell(1);
    const entry = 'silver/foreign/_delta_log/00000000000000000000.json';
    await rooms.module.get<LakeStorage>(LakeStorage).write(entry, Buffer.from('no entry'));
    expect((await plan()).models.map(({ name, action }) => [name, action])).toEqual([
      ['silver.paid', 'add'],
      ['silver.days', 'add'],
    ]);
  });

  it.each([
    ['a circle', { paid: aModel('silver.paid', 'select id\nfrom silver.days') }, /silver\/days\.sql:8, .*silver\/paid\.sql:6/],
    [
      'a name without a layer',
      { paid: aModel('silver.paid', 'select 1 as one\nfrom sales') },
      /paid\.sql:6: "sales" could be a table of/,
    ],
    [
      'a layer that is none',
      { paid: aModel('silver.paid', 'select 1 as one from platinum.x') },
      /paid\.sql:5: "platinum\.x" is in no layer/,
    ],
  ])('refuses %s with file and line', async (_what, files, message) => {
    for (const [name, sql] of Object.entries(files)) await edit(name, sql);
    await expect(plan()).rejects.toThrow(message);
  });
});
