import { DataSource } from 'typeorm';
import { aTaskRun, openRooms, type Rooms } from '../../../test/fixtures/rooms.js';
import { DatasetNotFoundError } from '../../catalog/catalog.errors.js';
import { BuildTask } from '../build.task.js';
import { LakeService } from '../lake.service.js';
import type { CommitFacts } from '../lake.types.js';
import { LineageModule } from '../lineage.module.js';
import { LineageService } from './lineage.service.js';

const RUN = '6f1c1f8e-8a52-4f0e-9a53-0d5b6f0f3c11';
const FILE = 'landing/houses/abc/houses.csv';
const ROWS = `select 1 as id, 50.0::double as area, 'Porto' as town, 70000.0::double as price`;
const GOLD = `/*---
name: gold.house_training
description: Prices
publish: {}
---*/
select * from silver.houses
`;
const OTHER = `/*---
name: gold.other
description: Beside it
---*/
select 1 as n from bronze.clicks
`;

const SOON = `/*---
name: gold.soon
description: Of a source that was never loaded
---*/
select 1 as n from bronze.soon
`;

const TANGLED = `/*---
name: gold.tangled
description: All that a SELECT can read from
---*/
with houses as (select * from "silver"."houses" where id in (select n from bronze."clicks")), same as (select * from houses)
select id from same
union all select count(*) from (select 'from bronze.no' as text, /* from bronze.none */ (select max(n) from gold.other) as most)
union all select id from silver.towns as "bronze.houses"
`;
const TOWNS = `/*---
name: silver.towns
description: Towns
kind: seed
csv: { path: seeds/towns.csv, columns: { id: BIGINT } }
---*/
`;

describe('LineageService', () => {
  let rooms: Rooms;
  const of = <T>(token: abstract new (...given: never[]) => T): T => rooms.module.get<T>(token);
  const write = (table: string, sql: string, facts: Partial<CommitFacts>, operation?: string) =>
    of(LakeService).write(table, {
      mode: 'append',
      query: { sql },
      ...(operation && { operation }),
      facts: { run_id: RUN, inputs: [], keys: [], time: null, targets: [], ...facts },
    });
  const names = async (table: string): Promise<string[]> => (await of(LineageService).of(table)).nodes.map(({ id }) => id).sort();

  beforeAll(async () => {
    rooms = await openRooms([LineageModule], {
      'transforms/gold/house_training.sql': GOLD,
      'transforms/gold/other.sql': OTHER,
      'transforms/gold/soon.sql': SOON,
      'transforms/gold/tangled.sql': TANGLED,
      'transforms/silver/towns.sql': TOWNS,
      'seeds/towns.csv': 'id\n1\n',
      'pipelines/houses.yaml': undefined,
    });
    await write('bronze.houses', ROWS, { inputs: [{ name: FILE, version: null }] });
    await write('bronze.clicks', 'select 1 as n', { inputs: [{ name: 'bronze.houses', version: null }] }, 'LANDING');
    await write('bronze.books', 'select 1 as n', { inputs: [{ name: 'books.toscrape.com', version: null }] });
    await write('silver.minutes', 'select 1 as n', { inputs: [{ name: 'clicks', version: null }] }, 'STREAMING UPDATE');
    await of(BuildTask).build({ models: ['gold.house_training'], force: false }, aTaskRun());
    await of(DataSource).query(
      `insert into lab.registered_models (name, type, description, last_version) values ('price', 'regression', '', 1)`,
    );
    await of(DataSource).query(
      `insert into lab.model_versions (model, version, type, created_at, estimator, params, metrics, baseline_metrics, dataset_name,
         dataset_version, features, target, run_id, path, bytes, checksum)
       values ('price', 1, 'regression', now(), 'ridge', '{}', '{}', '{}', 'gold.house_training', 0, '[]', 'price', $1, 'p', 1, repeat('0', 64))`,
      [RUN],
    );
  });
  afterAll(() => rooms.close());

  it('goes the whole way from the file to the version of the model, and to the warehouse', async () => {
    const all = [
      'dataset:bronze.houses',
      'dataset:gold.house_training',
      'dataset:silver.houses',
      `file:${FILE}`,
      'model_version:price:1',
      'sql_model:gold.tangled',
      `training_run:${RUN}`,
      'warehouse_table:gold.house_training',
    ];
    expect(await names('silver.houses')).toEqual(all);
    expect(await names('bronze.houses')).toEqual(all);
    const { edges } = await of(LineageService).of('gold.house_training');
    expect(edges).toEqual(
      expect.arrayContaining([
        { from: `file:${FILE}`, to: 'dataset:bronze.houses', version: null, run_id: RUN },
        { from: 'dataset:bronze.houses', to: 'dataset:silver.houses', version: 0, run_id: RUN },
        { from: 'dataset:gold.house_training', to: 'warehouse_table:gold.house_training', version: 0, run_id: RUN },
        { from: `training_run:${RUN}`, to: 'model_version:price:1', version: null, run_id: RUN },
      ]),
    );
  });

  it('knows from the text of a model what it will read, before it was built', async () => {
    expect(await names('gold.other')).toEqual([
      ...['dataset:bronze.clicks', 'sql_model:gold.other', 'sql_model:gold.tangled', 'topic:bronze.houses'],
    ]);
  });

  it('knows a table that is still to come from a model', async () => {
    expect(await names('gold.soon')).toEqual(['dataset:bronze.soon', 'sql_model:gold.soon']);
  });

  it('takes what a model reads from its syntax tree: WITH, UNION, SELECTs in SELECTs, quoted names, and the file of a seed', async () => {
    const { nodes, edges } = await of(LineageService).of('gold.tangled');
    const read = edges.filter(({ to }) => to === 'sql_model:gold.tangled').map(({ from }) => from);
    expect(read.sort()).toEqual([
      ...['dataset:bronze.clicks', 'dataset:silver.houses', 'sql_model:gold.other', 'sql_model:silver.towns'],
    ]);
    expect(nodes.map(({ id }) => id)).toEqual(expect.arrayContaining(['file:seeds/towns.csv', `file:${FILE}`]));
  });

  it.each([
    ['bronze.books', ['dataset:bronze.books', 'source:books.toscrape.com']],
    ['silver.minutes', ['dataset:silver.minutes', 'topic:clicks']],
  ])('knows the web site and the topic of %s', async (table, expected) => {
    expect(await names(table)).toEqual(expected);
  });

  it('says so when there is no such table', async () => {
    await expect(of(LineageService).of('gold.none')).rejects.toThrow(DatasetNotFoundError);
  });
});
