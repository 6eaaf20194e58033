import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { aTaskRun, openRooms, type Rooms } from '../../test/fixtures/rooms.js';
import { CatalogModule } from '../catalog/catalog.module.js';
import { CatalogService } from '../catalog/catalog.service.js';
import { DeltaModule } from '../delta/delta.module.js';
import { DeltaService } from '../delta/delta.service.js';
import { BuildService } from './build.service.js';
import { LakeService } from './lake.service.js';
import { ExpectationFailedError, MissingInputError, TransformNotFoundError } from './medallion.errors.js';
import { MedallionModule } from './medallion.module.js';

const aModel = (name: string, sql: string, header = ''): string =>
  `/*---\nname: ${name}\ndescription: A table\n${header}---*/\n${sql}\n`;
const FACTS = { run_id: null, inputs: [], keys: [], time: null, targets: [] };
const page = { limit: 50, offset: 0 };

describe('BuildService', () => {
  let rooms: Rooms;
  const open = async (files: Record<string, string>): Promise<void> => {
    rooms = await openRooms([MedallionModule, CatalogModule, DeltaModule], files);
  };
  afterEach(() => rooms.close());

  const bronze = (sql: string, mode: 'append' | 'overwrite' = 'append') =>
    rooms.module.get(LakeService).write('bronze.houses', { mode, query: { sql }, facts: FACTS });
  const build = (models?: string[], run = aTaskRun()) => rooms.module.get(BuildService).build({ models, force: false }, run);
  const ROWS = `select id, area, town, price::double as price from (values (1, 50.0, 'Porto', 70000.0), (1, 50.0, 'Porto', 70000.0), (2, -1.0, 'Lisboa', 1.0)) as t (id, area, town, price)`;

  it('builds what a model reads before the model, and says how many rows each has', async () => {
    await open({});
    await bronze(ROWS);
    const { models, rows, skipped } = await build(['gold.house_training']);
    expect(models.map((model) => [model.name, model.version, model.rows])).toEqual([
      ['silver.houses', 0, 1],
      ['gold.house_training', 0, 1],
    ]);
    expect([rows, skipped]).toEqual([2, false]);
  });

  it('leaves out the rows that break a rule of severity drop, and keeps what it found', async () => {
    await open({});
    await bronze(ROWS);
    const run = aTaskRun();
    await build(undefined, run);
    expect(run.lines[0]).toBe('silver.houses: area is not between 1 and ∞ in 1 row(s), left out');
    const { items } = await rooms.module.get(CatalogService).quality('silver.houses', page);
    expect(items).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          expectation: 'between',
          severity: 'drop',
          checked_rows: 2,
          failed_rows: 1,
          version: 0,
          run_id: run.runId,
        }),
      ]),
    );
  });

  it('builds nothing again until an input has changed', async () => {
    await open({});
    await bronze(ROWS);
    await build();
    expect(await build()).toMatchObject({ rows: 0, skipped: true });
    await bronze(`select 3 as id, 80.0::decimal(3,1) as area, 'Porto' as town, 100000.0::double as price`);
    const { models } = await build();
    expect(models.map(({ version, rows, skipped }) => [version, rows, skipped])).toEqual([
      [1, 2, false],
      [1, 2, false],
    ]);
  });

  it('builds again when the text of a model has changed, and what reads it', async () => {
    await open({});
    await bronze(ROWS);
    await build();
    await writeFile(
      join(rooms.workspace, 'transforms/silver/houses.sql'),
      aModel('silver.houses', 'select distinct id, area, town, price from bronze.houses where area > 0'),
    );
    await rooms.reopen();
    const { models } = await build();
    expect(models.map(({ skipped }) => skipped)).toEqual([false, false]);
  });

  it('builds again when it is told to, when an expectation has changed, and when an input was restored to an older version', async () => {
    await open({});
    await bronze(ROWS);
    await build(['silver.houses']);
    const forced = await rooms.module.get(BuildService).build({ models: ['silver.houses'], force: true }, aTaskRun());
    expect(forced.skipped).toBe(false);
    const declare = (rule: string) =>
      writeFile(
        join(rooms.workspace, 'transforms/silver/houses.sql'),
        aModel(
          'silver.houses',
          'select distinct id, area, town, price from bronze.houses',
          `partition_by: [town]\nexpectations:\n  - ${rule}\n`,
        ),
      );
    await declare('row_count: { min: 1 }');
    await rooms.reopen();
    expect((await build(['silver.houses'])).skipped).toBe(false);
    expect((await rooms.module.get(CatalogService).find('silver.houses')).partitions).toEqual(['town']);
    await declare('row_count: { min: 2 }');
    await rooms.reopen();
    expect((await build(['silver.houses'])).skipped).toBe(false);
    await rooms.module.get(DeltaService).write('bronze.houses', { mode: 'overwrite', query: { sql: ROWS } });
    expect((await build(['silver.houses'])).skipped).toBe(false);
    expect((await build(['silver.houses'])).skipped).toBe(true);
  });

  it('says in which model, line and column a column is used that went away', async () => {
    await open({});
    await bronze('select 1 as id, 2.0::double as area', 'overwrite');
    await expect(build()).rejects.toThrow(
      /^transforms\/silver\/houses\.sql:\d+:\d+: the model "silver\.houses" cannot be built: .*"(town|price)"/,
    );
  });

  it('looks at the age of a table also when nothing has changed', async () => {
    const header = 'expectations:\n  - freshness: { column: seen, max_age: 2 seconds }\n    on_fail: warn\n';
    await open({ 'transforms/silver/houses.sql': aModel('silver.houses', 'select id, seen from bronze.houses', header) });
    await bronze(`select 1 as id, now() + interval 1 hour as seen`);
    await build(['silver.houses']);
    jest.useFakeTimers({
      now: Date.now() + 7_200_000,
      doNotFake: ['setTimeout', 'setInterval', 'setImmediate', 'nextTick', 'performance', 'queueMicrotask'],
    });
    const run = aTaskRun();
    expect((await build(['silver.houses'], run)).skipped).toBe(true);
    jest.useRealTimers();
    expect(run.lines).toContain('silver.houses: the newest seen is older than 2 seconds in 1 row(s)');
    const { items } = await rooms.module.get(CatalogService).quality('silver.houses', page);
    expect(items.map(({ status, version }) => [status, version])).toEqual([
      ['failed', 0],
      ['passed', 0],
    ]);
  });

  it('keeps the former version when a rule of severity fail does not hold, and keeps what it found', async () => {
    const header = 'expectations:\n  - between: { column: id, max: 2 }\n';
    await open({
      'transforms/silver/houses.sql': aModel('silver.houses', 'select distinct id, area, town, price from bronze.houses', header),
    });
    await bronze(ROWS);
    await build();
    await bronze(`select 3 as id, 80.0::decimal(3,1) as area, 'Porto' as town, 100000.0::double as price`);
    await expect(build()).rejects.toThrow(ExpectationFailedError);
    expect((await rooms.module.get(DeltaService).snapshot('silver.houses')).version).toBe(0);
    const { items } = await rooms.module.get(CatalogService).quality('silver.houses', page);
    expect(items[0]).toMatchObject({ status: 'failed', failed_rows: 1, version: null });
  });

  describe('with constraints', () => {
    const declare = (constraints: string, sql = 'select distinct id, area from bronze.houses') =>
      writeFile(
        join(rooms.workspace, 'transforms/silver/houses.sql'),
        aModel('silver.houses', sql, constraints && `constraints:\n${constraints}`),
      ).then(() => rooms.reopen());
    const constraints = async () => (await rooms.module.get(CatalogService).find('silver.houses')).constraints;

    it('shows them, keeps the version before when a row breaks one, and takes one back that is declared no more', async () => {
      await open({});
      await bronze(ROWS);
      await declare('  known_house: id > 0\n');
      await build(['silver.houses']);
      expect(await constraints()).toEqual([{ name: 'known_house', condition: 'id > 0' }]);
      await declare('  known_house: id > 0\n  has_room: area > 0\n');
      await expect(build(['silver.houses'])).rejects.toThrow(
        'for 1 of them its constraint "has_room" (area > 0) is not true, such as {"id":2,"area":"-1.0"}',
      );
      expect((await rooms.module.get(DeltaService).snapshot('silver.houses')).version).toBe(0);
      await declare('');
      expect(await build(['silver.houses'])).toMatchObject({ skipped: false });
      expect(await constraints()).toEqual([]);
    });

    it('holds them against the rows that expectations leave', async () => {
      await open({});
      await bronze(ROWS);
      const drop = 'expectations:\n  - between: { column: area, min: 1 }\n    on_fail: drop\n';
      await declare(`  has_room: area > 0\n${drop}`);
      expect(await build(['silver.houses'])).toMatchObject({ rows: 1 });
    });

    it.each([
      ['nothing > 0', /^transforms\/silver\/houses\.sql:5: constraints\.odd: .*"nothing"/],
      ["'text'", /^transforms\/silver\/houses\.sql:5: constraints\.odd: /],
    ])('names the line of one that the columns do not fit: %s', async (condition, message) => {
      await open({});
      await bronze(ROWS);
      await declare(`  odd: "${condition}"\n`);
      await expect(build(['silver.houses'])).rejects.toThrow(message);
    });
  });

  it('says which input is missing', async () => {
    await open({});
    await expect(build()).rejects.toThrow(new MissingInputError('silver.houses', 'bronze.houses'));
  });

  it('says which models there are when one is unknown', async () => {
    await open({});
    await expect(build(['gold.castles'])).rejects.toThrow(
      new TransformNotFoundError('gold.castles', ['gold.house_training', 'silver.houses'].sort().reverse()),
    );
  });

  it('stops between two models when it is told to', async () => {
    await open({});
    await bronze(ROWS);
    const stop = new AbortController();
    const run = aTaskRun({ signal: stop.signal, progress: () => stop.abort(new Error('stopped')) });
    await expect(build(undefined, { ...run, log: { ...run.log, info: () => stop.abort(new Error('stopped')) } })).rejects.toThrow(
      'stopped',
    );
    expect(await rooms.module.get(DeltaService).exists('gold.house_training')).toBe(false);
  });
});
