import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { aTaskRun, openRooms, type Rooms } from '../../../test/fixtures/rooms.js';
import { CatalogModule } from '../../catalog/catalog.module.js';
import { CatalogService } from '../../catalog/catalog.service.js';
import { DeltaModule } from '../../delta/delta.module.js';
import { DeltaService } from '../../delta/delta.service.js';
import { SqlEngine } from '../../engines/sql/sql.port.js';
import { LakeStorage } from '../../engines/storage/storage.port.js';
import { BuildService } from '../build.service.js';
import { LakeService } from '../lake.service.js';
import { ExpectationFailedError, InvalidModelFileError } from '../medallion.errors.js';
import { MedallionModule } from '../medallion.module.js';
import { QuarantineQuery } from './quarantine.schema.js';
import { QuarantineListing } from './quarantine-listing.js';

const FACTS = { run_id: null, inputs: [], keys: [], time: null, targets: [] };
const DEFAULT_RULES = `  - between: { column: area, min: 1 }
    on_fail: quarantine
  - not_null: town
    on_fail: drop
  - regex: { column: town, pattern: '^[A-Z]' }
    on_fail: warn
`;
const aModel = (rules = DEFAULT_RULES): string =>
  `/*---\nname: silver.houses\ndescription: Houses\nexpectations:\n${rules}---*/\nselect id, area, town, price, ratio, seen from bronze.houses\n`;

/** Two houses that may stay, two that are one and the same and have no area, one that breaks three rules, one without a town. */
const ROWS = `select id, area, town, price::decimal(12,2) as price, ratio, timestamptz '2001-01-01T10:00:00.000001Z' as seen from (values
  (1, 50.0::double, 'Porto', 70000.1, 1::float), (2, 60.0, 'lisboa', 1.0, 1),
  (3, 0.0, 'Faro', 9007199254.99, 'nan'::float), (3, 0.0, 'Faro', 9007199254.99, 'nan'::float),
  (4, -1.0, 'évora', null, 1), (5, 90.0, null, 1.0, 1)) as t (id, area, town, price, ratio)`;

describe('BuildQuarantine', () => {
  let rooms: Rooms;
  const open = async (rules?: string): Promise<void> => {
    rooms = await openRooms([MedallionModule, CatalogModule, DeltaModule], {
      'transforms/silver/houses.sql': aModel(rules),
      'transforms/gold/house_training.sql': '/*---\nname: gold.house_training\ndescription: x\n---*/\nselect 1 as one',
    });
    await append(ROWS);
  };
  afterEach(() => rooms.close());

  const append = (sql: string) =>
    rooms.module.get(LakeService).write('bronze.houses', { mode: 'append', query: { sql }, facts: FACTS });
  const build = (run = aTaskRun(), force = false) =>
    rooms.module.get(BuildService).build({ models: ['silver.houses'], force }, run);
  const quarantined = async () =>
    (await rooms.module.get(QuarantineListing).list({ ...QuarantineQuery.parse({}), dataset: 'silver.houses' })).items;
  const ids = async (): Promise<unknown[]> => {
    const delta = rooms.module.get(DeltaService);
    const tables = { houses: await delta.relation(await delta.snapshot('silver.houses')) };
    const rows = await rooms.module.get<SqlEngine>(SqlEngine).rows({ sql: 'select id from houses order by all', tables });
    return rows.map(({ id }) => id);
  };
  const declare = async (rules: string): Promise<void> => {
    await writeFile(join(rooms.workspace, 'transforms/silver/houses.sql'), aModel(rules));
    await rooms.reopen();
  };

  it('keeps a row out of its table, with all the rules that it broke and the run', async () => {
    await open();
    const run = aTaskRun();
    await build(run);
    expect(await ids()).toEqual([1, 2]);
    const items = await quarantined();
    expect(items.map(({ row }) => row?.id).sort()).toEqual([3, 3, 4]);
    expect(items.find(({ row }) => row?.id === 4)).toMatchObject({
      dataset: 'silver.houses',
      stage: 'build',
      rules: ['between(area)', 'regex(town)'],
      reason: 'area is not between 1 and ∞; town does not match ^[A-Z]',
      run_id: run.runId,
      row: { id: 4, area: -1, town: 'évora', price: null, seen: '2001-01-01T10:00:00.000001Z' },
    });
    expect(items.find(({ row }) => row?.id === 3)?.row).toMatchObject({ price: '9007199254.99', ratio: 'nan' });
    expect(run.lines).toContain('silver.houses: 3 row(s) are new in quarantine');
  });

  it('keeps a row once, in however many builds it occurs', async () => {
    await open();
    await build();
    const before = await quarantined();
    await append(
      `select 9 as id, -5.0::double as area, 'Porto' as town, 1::decimal(12,2) as price, 1::float as ratio, now() as seen`,
    );
    await build(aTaskRun({ runId: '00000000-0000-4000-8000-000000000002' }));
    const after = await quarantined();
    expect(after.slice(1)).toEqual(before);
    expect(after[0]).toMatchObject({ run_id: '00000000-0000-4000-8000-000000000002', row: { id: 9 } });
  });

  it('tells a row anew when it breaks other rules than before', async () => {
    await open();
    await build();
    await declare('  - between: { column: area, min: 10 }\n    on_fail: quarantine\n');
    await build();
    const items = await quarantined();
    expect(items).toHaveLength(3);
    expect(items.find(({ row }) => row?.id === 4)?.rules).toEqual(['between(area)']);
  });

  it('keeps nothing of a build that another rule stops', async () => {
    await open(`${DEFAULT_RULES}  - row_count: { min: 3 }\n`);
    await expect(build()).rejects.toThrow(ExpectationFailedError);
    expect(await quarantined()).toEqual([]);
    const { items } = await rooms.module.get(CatalogService).quality('silver.houses', { limit: 9, offset: 0 });
    expect(items.map(({ status, version }) => [status, version])).toContainEqual(['failed', null]);
  });

  it('loses and doubles nothing, whichever write of the storage is the last before the process dies', async () => {
    await open();
    const storage = rooms.module.get<LakeStorage>(LakeStorage);
    const [create, adopt] = [storage.create.bind(storage), storage.adopt.bind(storage)];
    for (let last = 0; ; last++) {
      let writes = 0;
      const mayWrite = (): void => {
        if (writes++ >= last) throw new Error('killed');
      };
      const spies = [
        jest.spyOn(storage, 'create').mockImplementation(async (path, bytes) => (mayWrite(), create(path, bytes))),
        jest.spyOn(storage, 'adopt').mockImplementation(async (file, path) => (mayWrite(), adopt(file, path))),
      ];
      const outcome = await build(aTaskRun(), true).then(
        () => 'built',
        (error: Error) => error.message,
      );
      spies.forEach((spy) => spy.mockRestore());
      if (outcome === 'built') break;
      expect(outcome).toBe('killed');
      expect([0, 3]).toContain((await quarantined()).length);
    }
    await rooms.reopen();
    await build(aTaskRun(), true);
    expect([await ids(), (await quarantined()).length]).toEqual([[1, 2], 3]);
  });

  it.each([
    ['not_null: [garden]', /silver\/houses\.sql:5: not_null\(garden\): the model has no column "garden"\. It has: id, area/],
    ['sql: { condition: garden > 1 }', /silver\/houses\.sql:5: sql\(condition\): .*garden/],
    ['no_rows: { query: select garden from silver.houses }', /silver\/houses\.sql:5: no_rows\(query\): .*garden/],
    ['between: { column: seen, min: yesterday-ish }', /silver\/houses\.sql:5: between\(seen\): .*yesterday-ish/],
  ])('says where a rule stands that does not fit its table: %s', async (rule, message) => {
    await open(`  - ${rule}\n`);
    const failure: unknown = await build().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(InvalidModelFileError);
    expect((failure as Error).message).toMatch(message);
  });
});
