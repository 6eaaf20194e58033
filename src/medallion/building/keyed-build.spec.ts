import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { aTaskRun, openRooms, type Rooms } from '../../../test/fixtures/rooms.js';
import { CatalogModule } from '../../catalog/catalog.module.js';
import { DeltaModule } from '../../delta/delta.module.js';
import { DeltaService } from '../../delta/delta.service.js';
import { SqlEngine } from '../../engines/sql/sql.port.js';
import { BuildService } from '../build.service.js';
import { LakeService } from '../lake.service.js';
import { MedallionModule } from '../medallion.module.js';
import { PlanService } from '../planning/plan.service.js';
import { QuarantineQuery } from '../quarantine/quarantine.schema.js';
import { QuarantineListing } from '../quarantine/quarantine-listing.js';
import { ReplayService } from '../quarantine/replay.service.js';
import { ReplayModule } from '../replay.module.js';
import { BuildOptions } from './build-options.js';

const FACTS = { run_id: null, inputs: [], keys: [], time: null, targets: [] };
const COLUMNS = 'key, town, price, seen';
const NO_DEBTS = 'expectations:\n  - sql: { condition: price > 0 }\n    on_fail: quarantine\n';
const NOTHING = {
  'transforms/silver/houses.sql': undefined,
  'transforms/gold/house_training.sql': undefined,
  'pipelines/houses.yaml': undefined,
};

const aModel = (header: string, sql = `select ${COLUMNS} from bronze.offers`): string =>
  `/*---\nname: silver.offers\ndescription: Offers\n${header}---*/\n${sql}\n`;

describe('models whose rows find their place by key', () => {
  let rooms: Rooms;
  let days = 0;
  const file = () => join(rooms.workspace, 'transforms/silver/offers.sql');

  beforeAll(async () => {
    rooms = await openRooms([ReplayModule, MedallionModule, CatalogModule, DeltaModule], {
      ...NOTHING,
      'transforms/silver/offers.sql': aModel(''),
    });
  });
  afterAll(() => rooms.close());

  const use = async (header: string, sql?: string): Promise<void> => {
    await writeFile(file(), aModel(header, sql));
  };
  /** Only these offers are known from now on: key, town and price. */
  const offer = (...offers: [key: number | null, town: string, price: number][]) => {
    const seen = `timestamptz '2001-01-${String(++days).padStart(2, '0')} 00:00:00+00'`;
    const rowsOf = offers.map(([key, town, price]) => `(${key ?? 'null'}, '${town}', ${price}, ${seen})`);
    const sql = `select * from (values ${rowsOf.join(', ')}) as t (${COLUMNS})`;
    return rooms.module.get(LakeService).write('bronze.offers', { mode: 'overwrite', query: { sql }, facts: FACTS });
  };
  const build = (force = false) => rooms.module.get(BuildService).build(BuildOptions.parse({ force }), aTaskRun());
  const plan = async (force = false) =>
    (await rooms.module.get(PlanService).plan(BuildOptions.parse({ force }))).models.map(({ action, reasons, reads }) => ({
      action,
      reasons,
      reads: reads.map(({ table }) => table),
    }));
  /** Takes the one row of these keys back from quarantine, with another price. */
  const mend = async (key: number, price: number): Promise<void> => {
    const query = { ...QuarantineQuery.parse({}), dataset: 'silver.offers', status: 'open' as const };
    const { items } = await rooms.module.get(QuarantineListing).list(query);
    const found = items.filter(({ row }) => row?.key === key);
    const mended = found.map(({ id, row }) => ({ id, row: { ...row, price } }));
    const run = aTaskRun({ runId: randomUUID() });
    expect(await rooms.module.get(ReplayService).replay({ rows: mended }, run)).toMatchObject({ replayed: 1 });
  };
  const rows = async (sql: string): Promise<unknown[][]> => {
    const delta = rooms.module.get(DeltaService);
    const t = await delta.relation(await delta.snapshot('silver.offers'));
    return (await rooms.module.get(SqlEngine).rows({ sql, tables: { t } })).map((row) => Object.values(row));
  };

  describe('of kind incremental_by_key', () => {
    const prices = () => rows('select key, price from t order by key');
    beforeEach(async () => {
      await use('kind: incremental_by_key\nkeys: [key]\n');
      await offer([1, 'Porto', 10], [2, 'Faro', 20]);
      await build(true);
    });

    it('take new rows in, in the place of those with the same key, and keep the others', async () => {
      await offer([2, 'Faro', 21], [3, 'Beja', 30]);
      await build();
      expect(await prices()).toEqual([
        [1, 10],
        [2, 21],
        [3, 30],
      ]);
      expect(await build()).toMatchObject({ skipped: true });
    });

    it('are made anew when the model has changed', async () => {
      await offer([2, 'Faro', 21]);
      await use('kind: incremental_by_key\nkeys: [key]\n', 'select key, town, price + 1 as price from bronze.offers');
      await build();
      expect(await prices()).toEqual([[2, 22]]);
    });

    it('keep the others also when a mended row comes back from quarantine', async () => {
      await use(`kind: incremental_by_key\nkeys: [key]\n${NO_DEBTS}`, 'select key, town, price from bronze.offers');
      await offer([1, 'Porto', 10], [2, 'Faro', -20]);
      await build(true);
      await offer([2, 'Faro', -20], [3, 'Beja', 30]);
      await build();
      await mend(2, 20);
      const reasons = ['rows of it were mended in quarantine'];
      expect(await plan()).toEqual([{ action: 'update', reasons, reads: ['bronze.offers', 'silver.offers'] }]);
      await build();
      expect(await prices()).toEqual([
        [1, 10],
        [2, 20],
        [3, 30],
      ]);
      expect(await build()).toMatchObject({ skipped: true });
      expect(await plan(true)).toMatchObject([{ action: 'update', reads: ['bronze.offers'] }]);
    });

    it.each([
      [
        'several rows',
        [
          [1, 'Porto', 10],
          [1, 'Porto', 11],
        ],
        '1 value(s) of key stand in several rows',
      ],
      ['no key', [[null, 'Porto', 10]], '1 row(s) have no key'],
    ] as [string, [number | null, string, number][], string][])('refuse %s for a key', async (_what, offers, message) => {
      await offer(...offers);
      await expect(build()).rejects.toThrow(`transforms/silver/offers.sql:5: "silver.offers" was not written: ${message}`);
      expect(await prices()).toHaveLength(2);
    });
  });

  describe('of kind snapshot', () => {
    const history = () =>
      rows(
        `select key, price, is_current, valid_to is null, strftime(valid_from, '%d') as begun, strftime(valid_to, '%d') as over
         from t order by key, valid_from`,
      );
    const day = (back = 0): string => String(days - back).padStart(2, '0');

    it('keep what a row was, from when and until when', async () => {
      await use(
        'kind: snapshot\nkeys: [key]\ntime: seen\nconstraints:\n  after: valid_from is not null\n'.replace(
          /constraints[\s\S]*/,
          '',
        ),
      );
      await offer([7, 'Porto', 10], [8, 'Faro', 20]);
      await build();
      await offer([7, 'Porto', 11], [8, 'Faro', 20]);
      await build();
      const changed = (await history()).filter(([key]) => key === 7);
      expect(changed).toEqual([
        [7, 10, false, false, day(1), day()],
        [7, 11, true, true, day(), null],
      ]);
    });

    it('end what goes away, and begin anew when it comes back', async () => {
      await use('kind: snapshot\nkeys: [key]\n', 'select key, town, price from bronze.offers where key > 20');
      await offer([21, 'Porto', 10], [22, 'Faro', 20]);
      await build();
      await offer([21, 'Porto', 10]);
      await build();
      await offer([21, 'Porto', 10], [22, 'Faro', 20]);
      await build();
      const found = await rows(
        `select key, count(*), count(*) filter (where is_current), bool_and(valid_to >= valid_from or valid_to is null)
         from t where key > 20 group by key order by key`,
      );
      expect(found).toEqual([
        [21, 1n, 1n, true],
        [22, 2n, 1n, true],
      ]);
      expect(await build()).toMatchObject({ skipped: true });
    });

    it('write no file with rows that stay what they are, and look once when nothing has changed', async () => {
      await use(
        'kind: snapshot\nkeys: [key]\npartition_by: [town]\n',
        'select key, town, price from bronze.offers where key > 30',
      );
      await offer([31, 'Porto', 10], [32, 'Faro', 20], [33, 'Beja', 30]);
      await build();
      const files = async () => (await rooms.module.get(DeltaService).snapshot('silver.offers')).files;
      const before = await files();
      await offer([31, 'Porto', 10], [32, 'Faro', 21], [34, 'Porto', 40]);
      await build();
      const stayed = new Set((await files()).map(({ path }) => path)).intersection(new Set(before.map(({ path }) => path)));
      expect(before.filter(({ path }) => stayed.has(path)).map(({ partitionValues }) => partitionValues.town)).toContain('Porto');
      expect(await rows('select key, price, is_current from t where key > 30 order by key, valid_from')).toEqual([
        ...[
          [31, 10, true],
          [32, 20, false],
          [32, 21, true],
          [33, 30, false],
          [34, 40, true],
        ],
      ]);
      await offer([31, 'Porto', 10], [32, 'Faro', 21], [34, 'Porto', 40]);
      const same = await files();
      await build();
      expect(await files()).toEqual(same);
      expect(await build()).toMatchObject({ skipped: true });
    });

    it('take no row back that comes late, and keep what was when the SELECT gives other columns', async () => {
      await use('kind: snapshot\nkeys: [key]\ntime: seen\n', `select ${COLUMNS} from bronze.offers where key > 40`);
      await offer([41, 'Porto', 10]);
      await build();
      await offer([41, 'Porto', 11]);
      await build();
      days -= 2;
      await offer([41, 'Porto', 9]);
      days += 2;
      await build();
      const all = [
        [41, 10, false, day(2), day(1)],
        [41, 11, true, day(1), null],
      ];
      const ofThis = async () =>
        (await history())
          .filter(([key]) => key === 41)
          .map(([key, price, current, , begun, over]) => [key, price, current, begun, over]);
      expect(await ofThis()).toEqual(all);
      await use('kind: snapshot\nkeys: [key]\ntime: seen\n', `select ${COLUMNS}, 1 as more from bronze.offers where key > 40`);
      await build();
      expect(await ofThis()).toEqual(all);
    });

    it('take a time that was missing for older than any, and no row without one in the place of one that has it', async () => {
      const seen = (from: number) =>
        `select key, town, price, if(key = 63 or price < ${from}, null, seen) as seen from bronze.offers where key > 60`;
      const found = () => rows('select key, price, is_current from t where key > 60 order by key, valid_from, is_current');
      await use('kind: snapshot\nkeys: [key]\ntime: seen\n', seen(20));
      await offer([61, 'Porto', 10], [62, 'Faro', 20], [63, 'Beja', 30]);
      await build();
      await offer([61, 'Porto', 21], [62, 'Faro', 11], [63, 'Beja', 31]);
      await build();
      const changed = [
        [61, 10, false],
        [61, 21, true],
        [62, 20, true],
        [63, 30, false],
        [63, 31, true],
      ];
      expect(await found()).toEqual(changed);
      await offer([61, 'Porto', 12], [62, 'Faro', 11], [63, 'Beja', 31]);
      await build();
      expect(await found()).toEqual(changed);
      await offer([61, 'Porto', 12], [62, 'Faro', 22], [63, 'Beja', 31]);
      await build();
      expect((await found()).filter(([key]) => key === 62)).toEqual([
        [62, 20, false],
        [62, 22, true],
      ]);
    });

    it('keep what was when a mended row comes back from quarantine', async () => {
      const select = 'select key, town, price from bronze.offers where key > 50';
      await use(`kind: snapshot\nkeys: [key]\n${NO_DEBTS}`, select);
      await offer([51, 'Porto', 10], [52, 'Faro', 20], [53, 'Beja', 30]);
      await build();
      await offer([51, 'Porto', 11], [52, 'Faro', -20]);
      await build();
      await mend(52, 21);
      expect(await plan()).toMatchObject([{ action: 'update' }]);
      await build();
      expect(await rows('select key, price, is_current from t where key between 50 and 59 order by key, valid_from')).toEqual([
        [51, 10, false],
        [51, 11, true],
        [52, 20, false],
        [52, 21, true],
        [53, 30, false],
      ]);
    });

    it('have no column of their own in the SELECT', async () => {
      await use('kind: snapshot\nkeys: [key]\n', 'select key, true as is_current from bronze.offers');
      await expect(build()).rejects.toThrow('offers.sql:4: a snapshot gives its rows a column "is_current"');
    });
  });

  describe('of kind seed', () => {
    const seed = (columns: string) => aModel(`kind: seed\ncsv: { path: offers.csv, columns: ${columns} }\n`, '');
    const csv = (text: string) => writeFile(join(rooms.workspace, 'offers.csv'), text);

    it('hold the rows of their file, and are built again when it changes', async () => {
      await csv('key,town\n1,"São, Paulo"\n2,\n');
      await writeFile(file(), seed('{ key: INTEGER, town: VARCHAR }'));
      await build();
      expect(await rows('select key, town from t order by key')).toEqual([
        [1, 'São, Paulo'],
        [2, null],
      ]);
      expect(await build()).toMatchObject({ skipped: true });
      await csv('key,town\n3,Beja\n');
      await build();
      expect(await rows('select key, town from t')).toEqual([[3, 'Beja']]);
    });

    it.each([
      ['a type that is none', '{ key: INTEGRE }', /offers\.sql:5: offers\.csv: .*INTEGRE/],
      [
        'a value that is not of its type',
        '{ key: INTEGER, town: INTEGER }',
        /offers\.sql: .*cannot be built: offers\.csv: .*Line: 2 .*Beja/,
      ],
    ])('refuse %s', async (_what, columns, message) => {
      await csv('key,town\n3,Beja\n');
      await writeFile(file(), seed(columns));
      await expect(build()).rejects.toThrow(message);
    });
  });
});
