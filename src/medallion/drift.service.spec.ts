import { openRooms, type Rooms } from '../../test/fixtures/rooms.js';
import { CatalogModule } from '../catalog/catalog.module.js';
import { CatalogService } from '../catalog/catalog.service.js';
import { DeltaModule } from '../delta/delta.module.js';
import { SqlEngine } from '../engines/sql/sql.port.js';
import { DriftService } from './drift.service.js';
import type { DriftPolicy } from './drift.types.js';
import { LakeService } from './lake.service.js';
import { SchemaDriftError } from './medallion.errors.js';
import { MedallionModule } from './medallion.module.js';

const FACTS = { run_id: null, inputs: [], keys: [], time: null, targets: [] };

describe('DriftService', () => {
  let rooms: Rooms;
  beforeAll(async () => {
    rooms = await openRooms([MedallionModule, CatalogModule, DeltaModule]);
  });
  afterAll(() => rooms.close());

  /** Loads a batch as a source would. @returns the ids that went in */
  const load = async (dataset: string, sql: string, policy: DriftPolicy = 'evolve') => {
    const engine = rooms.module.get<SqlEngine>(SqlEngine);
    const batch = { format: 'view', query: { sql } } as const;
    const columns = await engine.describe({ sql });
    const { select, misfits, evolve, changes } = await rooms.module.get(DriftService).check({ dataset, policy, columns });
    const refused = misfits.map(({ condition }) => `(${condition})`).join(' or ') || 'false';
    const query = { sql: `select ${select} from batch where not (${refused})`, tables: { batch } };
    const { rowsAdded } = await rooms.module
      .get(LakeService)
      .write(dataset, { mode: 'append', query, evolve, facts: { ...FACTS, drift: changes } });
    return rowsAdded;
  };
  const history = async (dataset: string) => {
    const { items } = await rooms.module.get(CatalogService).schemaChanges(dataset, { limit: 9, offset: 0 });
    return items.map(({ change, column, from, to, version }) => [change, column, from, to, version]);
  };

  it('lets a table evolve with what is loaded, and the catalogue tells how', async () => {
    await load('bronze.a', 'select 1 as id, 2 as n');
    await load('bronze.a', "select 5000000000 as id, 'x' as note");
    expect(await history('bronze.a')).toEqual([
      ['added', 'note', null, 'VARCHAR', 1],
      ['missing', 'n', 'INTEGER', null, 1],
      ['widened', 'id', 'INTEGER', 'BIGINT', 1],
    ]);
    const { columns } = await rooms.module.get(CatalogService).find('bronze.a');
    expect(columns.map(({ name, type }) => [name, type])).toEqual([
      ['id', 'BIGINT'],
      ['n', 'INTEGER'],
      ['note', 'VARCHAR'],
    ]);
  });

  it.each<[string, DriftPolicy, number]>([
    ["select * from (values ('1'), (' 2 '), ('2.5'), ('two'), (null)) as t (id)", 'evolve', 3],
    ['select * from (values (1.5::double), (2.0), (1e300)) as t (id)', 'quarantine', 1],
    ['select * from (values (1::bigint), (5000000000)) as t (id)', 'quarantine', 1],
    ['select 1 as id, n from (values (1), (null)) as t (n)', 'quarantine', 1],
    ['select true as id', 'evolve', 0],
  ])('takes only the rows that fit: %s', async (sql, policy, expected) => {
    await load('bronze.fitting', 'select 1 as id');
    expect(await load('bronze.fitting', sql, policy)).toBe(expected);
  });

  it('stops a load under fail, says what differs, and keeps it', async () => {
    await load('bronze.strict', 'select 1 as id');
    await expect(load('bronze.strict', 'select 1 as id, 2 as more', 'fail')).rejects.toThrow(SchemaDriftError);
    await expect(load('bronze.strict', 'select 1 as id, 2 as more', 'fail')).rejects.toThrow(
      '"more" is added (no column in the table, INTEGER here)',
    );
    expect((await history('bronze.strict'))[0]).toEqual(['added', 'more', null, 'INTEGER', null]);
  });

  it('tells how the columns of a table changed that was written anew', async () => {
    const write = (sql: string) =>
      rooms.module.get(LakeService).write('silver.anew', { mode: 'overwrite', query: { sql }, facts: FACTS });
    await write('select 1 as a, 2 as b');
    await write("select 'x' as a, 3 as c");
    expect(await history('silver.anew')).toEqual([
      ['added', 'c', null, 'INTEGER', 1],
      ['removed', 'b', 'INTEGER', null, 1],
      ['retyped', 'a', 'INTEGER', 'VARCHAR', 1],
    ]);
  });
});
