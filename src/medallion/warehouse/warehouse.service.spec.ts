import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import pg from 'pg';
import { aTaskRun, openRooms, type Rooms } from '../../../test/fixtures/rooms.js';
import { CatalogModule } from '../../catalog/catalog.module.js';
import { DeltaModule } from '../../delta/delta.module.js';
import { DeltaService } from '../../delta/delta.service.js';
import { SqlEngine } from '../../engines/sql/sql.port.js';
import type { JobsService } from '../../pipelines/jobs.service.js';
import { BuildService } from '../build.service.js';
import { BuildTask } from '../build.task.js';
import { LakeService } from '../lake.service.js';
import { MedallionModule } from '../medallion.module.js';
import { MissedPublications } from './missed-publications.js';
import { Publications } from './publications.js';
import { WarehouseService } from './warehouse.service.js';

const FACTS = { run_id: null, inputs: [], keys: [], time: null, targets: [] };
const TYPES = `
  i::bigint as id, i % 2 = 0 as flag, i::tinyint as tiny, i::smallint as small, i::integer as whole,
  9007199254740993 + i as big, sum(i::hugeint) over () as huge, i::float / 3 as single, i::double / 7 as double,
  case i % 4 when 0 then 'nan'::double when 1 then 'inf'::double when 2 then '-inf'::double end as odd,
  cast((i - 50) / 10 as decimal(9,2)) as money, (i - 50 || '.123456789')::decimal(38,9) as exact,
  case i % 5 when 0 then 'tab' || chr(9) || 'new' || chr(10) || 'line' || chr(13) || '"quoted"' when 1 then 'back\\slash \\N \\.'
    when 2 then '' when 3 then 'Évora 🏠, São Paulo' end as words,
  if(i % 3 = 0, null, encode('é' || chr(0) || i)) as bytes,
  date '1969-12-20' + i::integer as day, timestamptz '1969-12-31 23:59:50.123456+00' + to_seconds(i) as moment,
  {'a b': i, 'text': 'x' || chr(10) || '"' , 'part': 12345678901234567890.123456789::decimal(38,9), 'when': date '2020-01-01', 'odd': 'nan'::double} as nested,
  [i, null, i + 1] as list, ['NaN', null] as names, map {'k' || i: [i / 8]} as map, null::integer as nothing`;

const aModel = (publish: string, sql = `select ${TYPES} from bronze.numbers`): string =>
  `/*---\nname: gold.numbers\ndescription: It's all there\ncolumns: { id: "The number's own" }\npublish: ${publish}\n---*/\n${sql}\n`;

describe('WarehouseService', () => {
  let rooms: Rooms;
  let client: pg.Client;
  const of = <T>(token: abstract new (...given: never[]) => T): T => rooms.module.get<T>(token);
  const open = async (
    model = aModel('{ key: [id], indexes: [[day, words]] }'),
    others: Readonly<Record<string, string>> = {},
  ): Promise<void> => {
    rooms = await openRooms([MedallionModule, CatalogModule, DeltaModule], {
      'transforms/silver/houses.sql': undefined,
      'transforms/gold/house_training.sql': undefined,
      'pipelines/houses.yaml': undefined,
      'transforms/gold/numbers.sql': model,
      ...others,
    });
    client = new pg.Client({ connectionString: rooms.databaseUrl });
    await client.connect();
  };
  afterEach(async () => {
    await client.end();
    await rooms.close();
  });

  const numbers = (count: number, from = 0) =>
    of(LakeService).write('bronze.numbers', {
      mode: 'append',
      query: { sql: `select range as i from range(${from}, ${from + count})` },
      facts: FACTS,
    });
  const build = (run = aTaskRun()) => of(BuildTask).build({ force: false }, run);
  const inWarehouse = async (sql: string): Promise<Record<string, unknown>[]> =>
    (await client.query<Record<string, unknown>>(sql)).rows;
  const inLake = async (sql: string) => {
    const t = await of(DeltaService).relation(await of(DeltaService).snapshot('gold.numbers'));
    return of(SqlEngine).rows({ sql, tables: { t } });
  };

  it('publishes what a build made, every value of every type as Delta has it', async () => {
    await open();
    await numbers(100);
    expect((await build()).published).toEqual([
      expect.objectContaining({ dataset: 'gold.numbers', version: 0, rows: 100, skipped: false }),
    ]);
    const plain = ['id', 'flag', 'tiny', 'small', 'whole', 'big', 'huge', 'money', 'exact', 'words', 'day', 'nothing'];
    const text = plain.map((name) => `${name}::text as ${name}`).join(', ');
    expect(await inWarehouse(`select ${text} from gold.numbers order by gold.numbers.id`)).toEqual(
      await inLake(`select ${text} from t order by t.id`),
    );
    const floats = (double: string) => `select id::${double} as id, single::${double} as single, double, odd from`;
    expect(await inWarehouse(`${floats('float8')} gold.numbers order by numbers.id`)).toEqual(
      await inLake(`${floats('double')} t order by t.id`),
    );
    const moment = 'extract(epoch from moment) * 1e6';
    expect(
      await inWarehouse(`select (${moment})::bigint::text as at, encode(bytes, 'hex') as bytes from gold.numbers order by id`),
    ).toEqual(await inLake(`select epoch_us(moment)::varchar as at, lower(hex(bytes)) as bytes from t order by id`));
  });

  it('keeps what is nested as jsonb, with the digits of its numbers', async () => {
    await open();
    await numbers(3);
    await build();
    const [row] = await inWarehouse(`select nested::text, list::text, names::text, map::text from gold.numbers where id = 1`);
    expect(row).toEqual({
      nested: '{"a b": 1, "odd": "NaN", "part": 12345678901234567890.123456789, "text": "x\\n\\"", "when": "2020-01-01"}',
      list: '[1, null, 2]',
      names: '["NaN", null]',
      map: '{"k1": [0.125]}',
    });
  });

  it('gives the table its types, key, indexes and descriptions', async () => {
    await open();
    await numbers(3);
    await build();
    const columns = await inWarehouse(
      `select attname as name, format_type(atttypid, atttypmod) as type from pg_attribute
       where attrelid = 'gold.numbers'::regclass and attnum > 0 order by attnum`,
    );
    expect(Object.fromEntries(columns.map(({ name, type }) => [name, type]))).toMatchObject({
      ...{ id: 'bigint', flag: 'boolean', tiny: 'smallint', small: 'smallint', whole: 'integer', huge: 'numeric(38,0)' },
      ...{ single: 'real', double: 'double precision', exact: 'numeric(38,9)', words: 'text', bytes: 'bytea', day: 'date' },
      ...{ moment: 'timestamp with time zone', nested: 'jsonb', list: 'jsonb', map: 'jsonb' },
    });
    const indexes = await inWarehouse(`select indexdef from pg_indexes where schemaname = 'gold' order by indexdef desc`);
    expect(indexes.map(({ indexdef }) => String(indexdef).replace(/_[0-9a-f]{12}_/, '_'))).toEqual([
      'CREATE UNIQUE INDEX numbers_pkey ON gold.numbers USING btree (id)',
      'CREATE INDEX numbers_day_words_idx ON gold.numbers USING btree (day, words)',
    ]);
    const [said] = await inWarehouse(
      `select obj_description('gold.numbers'::regclass) as table, col_description('gold.numbers'::regclass, 1) as id`,
    );
    expect(said).toEqual({ table: "It's all there", id: "The number's own" });
  });

  it('does nothing for a version that stands there, and puts the next one in its place', async () => {
    await open();
    await numbers(3);
    await build();
    const publish = () => of(WarehouseService).publish({}, aTaskRun());
    expect(await publish()).toMatchObject({ rows: 0, skipped: true, tables: [{ version: 0, rows: 3 }] });
    await numbers(2, 3);
    await build();
    expect(await inWarehouse('select count(*)::int as rows from gold.numbers')).toEqual([{ rows: 5 }]);
    expect(await of(WarehouseService).describe()).toMatchObject({
      schema: 'gold',
      tables: [{ dataset: 'gold.numbers', version: 1, rows: 5, key: ['id'], indexes: [['day', 'words']] }],
    });
    await client.query('drop table gold.numbers');
    expect(await publish()).toMatchObject({ rows: 5, skipped: false });
  });

  it('shows what stands there of a model that says publish no more, until it is removed', async () => {
    await open(aModel('{ key: [i] }', 'select i from bronze.numbers'));
    await numbers(3);
    await build();
    await writeFile(
      join(rooms.workspace, 'transforms/gold/numbers.sql'),
      aModel('', 'select i from bronze.numbers').replace('publish: \n', ''),
    );
    await build();
    const tables = async () => (await of(WarehouseService).describe()).tables;
    expect(await tables()).toMatchObject([
      { dataset: 'gold.numbers', version: 0, rows: 3, notice: expect.stringContaining('DROP TABLE "gold"."numbers"') },
    ]);
    await client.query('drop table gold.numbers');
    expect(await tables()).toEqual([]);
  });

  it('says which tables may be published when another is asked for', async () => {
    await open();
    await expect(of(WarehouseService).publish({ datasets: ['gold.none'] }, aTaskRun())).rejects.toThrow(
      'Published are: gold.numbers.',
    );
  });

  describe('finds what was left behind', () => {
    const BESIDE = `/*---\nname: gold.beside\ndescription: Not published\n---*/\nselect i from bronze.numbers\n`;
    const versions = async () => (await of(WarehouseService).describe()).tables.map(({ version }) => version);
    const openBeside = async (beside: string): Promise<void> => {
      await open(aModel('{}', 'select i from bronze.numbers'), { 'transforms/gold/zero.sql': beside });
      await numbers(3);
    };

    it('by a build that failed after it', async () => {
      const broken = BESIDE.replace('beside', 'zero').replace('select i', 'select cast(i::varchar || chr(120) as integer) as i');
      await openBeside(broken);
      await expect(build()).rejects.toThrow('zero.sql');
      expect(await versions()).toEqual([0]);
    });

    it('by a process that died before it published, at the start of the next and at whatever is built next', async () => {
      await openBeside(BESIDE.replace('beside', 'zero'));
      await of(BuildService).build({ force: false }, aTaskRun());
      const jobs = { start: jest.fn(async () => ({ id: 'a job' })) };
      const missed = new MissedPublications(of(Publications), jobs as unknown as JobsService);
      await missed.onApplicationBootstrap();
      expect(jobs.start).toHaveBeenCalledWith('medallion.publish', { datasets: ['gold.numbers'] });
      expect((await of(BuildTask).build({ models: ['gold.zero'], force: false }, aTaskRun())).published).toMatchObject([
        { dataset: 'gold.numbers', version: 0, skipped: false },
      ]);
      jobs.start.mockClear();
      await missed.onApplicationBootstrap();
      expect(jobs.start).not.toHaveBeenCalled();
    });

    it('by another that cannot be published, and by one that was never built', async () => {
      const odd = BESIDE.replace('beside', 'a_first')
        .replace('select i', "select map {[i]: 'x'} as i")
        .replace('---*/', 'publish: {}\n---*/');
      await open(aModel('{}', 'select i from bronze.numbers'), {
        'transforms/gold/a_first.sql': odd,
        'transforms/gold/never.sql': BESIDE.replace('beside', 'never').replace('---*/', 'publish: {}\n---*/'),
      });
      await numbers(3);
      await of(BuildService).build({ models: ['gold.a_first', 'gold.numbers'], force: false }, aTaskRun());
      await expect(of(WarehouseService).publish({}, aTaskRun())).rejects.toThrow('"gold.a_first" was not published');
      expect(await versions()).toEqual([null, null, 0]);
      const run = aTaskRun();
      await of(BuildTask).build({ models: ['gold.numbers'], force: false }, run);
      expect(run.lines).toContainEqual(expect.stringContaining('"gold.a_first" was not published'));
    });
  });
});
