import { aTaskRun, openRooms, type Rooms } from '../../test/fixtures/rooms.js';
import { CatalogService } from '../catalog/catalog.service.js';
import { DeltaService } from '../delta/delta.service.js';
import { SqlEngine } from '../engines/sql/sql.port.js';
import { LakeStorage } from '../engines/storage/storage.port.js';
import { type AnyEvent, EventBus } from '../events/event-bus.js';
import { BuildService } from '../medallion/build.service.js';
import { LakeService } from '../medallion/lake.service.js';
import { OperationsModule } from './operations.module.js';
import { TableOperationsService } from './table-operations.service.js';

const TABLE = 'bronze.houses';
const FACTS = { run_id: null, inputs: [], keys: ['id'], time: null, targets: [] };
const ROWS = `select id, area, town, price::double as price from (values (1, 50.0, 'Porto', 70000.0), (2, 61.0, 'Lisboa', 1.0)) as t (id, area, town, price)`;
/** The log of a table of another writer, whose columns have names of their own in files. */
const MAPPED = [
  { protocol: { minReaderVersion: 2, minWriterVersion: 5 } },
  {
    metaData: {
      ...{ id: 'i', format: { provider: 'parquet', options: {} }, partitionColumns: [] },
      ...{ schemaString: '{"type":"struct","fields":[]}', configuration: { 'delta.columnMapping.mode': 'name' } },
    },
  },
];
const NO_PIPELINE = 'name: houses\ndescription: Nothing\ntasks:\n  tidy: { uses: operations.clean_log }\n';

describe('TableOperationsService', () => {
  let rooms: Rooms;
  let operations: TableOperationsService;
  const of = <T>(token: abstract new (...given: never[]) => T): T => rooms.module.get<T>(token);
  const append = (sql = ROWS) => of(LakeService).write(TABLE, { mode: 'append', query: { sql }, facts: FACTS });
  const logged = (table: string, entry: string) =>
    of(LakeStorage).create(`${table.replace('.', '/')}/_delta_log/${'0'.repeat(20)}.json`, Buffer.from(entry));
  const ids = async (): Promise<unknown[]> => {
    const t = await of(DeltaService).relation(await of(DeltaService).snapshot(TABLE));
    const rows = await of(SqlEngine).rows({ sql: 'select id from t order by id', tables: { t } });
    return rows.map(({ id }) => id);
  };

  beforeEach(async () => {
    rooms = await openRooms([OperationsModule], { 'pipelines/houses.yaml': NO_PIPELINE });
    operations = of(TableOperationsService);
    await append();
  });
  afterEach(() => rooms.close());

  it('removes rows as a new version, and the catalogue and its listeners hear of it', async () => {
    const heard = new Promise<AnyEvent>((hear) =>
      of(EventBus).subscribe('dataset.changed', (event) => void (event.version === 1 && hear(event))),
    );
    const change = await operations.deleteRows({ dataset: TABLE, where: "town = 'Porto'" }, aTaskRun());
    expect(change).toEqual({
      dataset: TABLE,
      version: 1,
      skipped: false,
      ...{ rows_added: 0, rows_removed: 1, files_added: 1, files_removed: 1 },
    });
    expect(await ids()).toEqual([2]);
    expect(await of(CatalogService).find(TABLE)).toMatchObject({ rows: 1, version: 1, keys: ['id'] });
    expect(await heard).toEqual({ type: 'dataset.changed', dataset: TABLE, version: 1 });
  });

  it('changes rows once, also when the task is carried out again after a crash', async () => {
    const raise = { dataset: TABLE, set: { id: 'id + 10' }, where: 'id < 100' };
    const run = aTaskRun();
    await operations.updateRows(raise, run);
    expect(await operations.updateRows(raise, run)).toMatchObject({ skipped: true });
    expect(await ids()).toEqual([11, 12]);
  });

  it('brings an older version back', async () => {
    await append();
    await operations.restore({ dataset: TABLE, version: 0 }, aTaskRun());
    expect(await ids()).toEqual([1, 2]);
    expect(await of(CatalogService).find(TABLE)).toMatchObject({ rows: 2, version: 2 });
  });

  it('compacts every table, removes what is left over and leaves what was built from it alone', async () => {
    await append();
    const build = () => of(BuildService).build({ models: ['silver.houses'], force: false }, aTaskRun());
    await build();
    const options = { target_mb: 128 };
    const { tables } = await operations.optimize(options, aTaskRun());
    expect(tables).toEqual([
      expect.objectContaining({ dataset: TABLE, files_added: 1, files_removed: 2, skipped: false }),
      expect.objectContaining({ dataset: 'silver.houses', skipped: true }),
    ]);
    expect(await build()).toMatchObject({ skipped: true });
    expect(await operations.vacuum({ force: false, dry_run: false }, aTaskRun())).toMatchObject({ skipped: true });
    expect(await operations.cleanLog({}, aTaskRun())).toMatchObject({ skipped: true });
  });

  it('goes over the whole lake, though one table may only be read', async () => {
    await logged('bronze.another', MAPPED.map((action) => JSON.stringify(action)).join('\n'));
    await append();
    const unsupported = [{ dataset: 'bronze.another', reason: expect.stringContaining('it uses columnMapping') }];
    const run = aTaskRun();
    expect(await operations.optimize({ target_mb: 128 }, run)).toMatchObject({ tables: [{ dataset: TABLE }], unsupported });
    expect(await operations.vacuum({ force: false, dry_run: false }, run)).toMatchObject({ tables: [{ dataset: TABLE }] });
    expect(await operations.cleanLog({}, run)).toMatchObject({ tables: [{ dataset: TABLE }], unsupported });
    expect(run.lines[0]).toContain('bronze.another is passed over');
    const asked = operations.cleanLog({ datasets: ['bronze.another'] }, aTaskRun());
    await expect(asked).rejects.toMatchObject({ code: 'UNSUPPORTED_TABLE_FEATURE' });
  });

  it('looks after all the others before it says which tables failed', async () => {
    await logged('bronze.another', 'no JSON');
    await logged('silver.another', 'nor this');
    await append();
    const failing = operations.optimize({ target_mb: 128 }, aTaskRun());
    await expect(failing).rejects.toThrow(/^2 of 3 tables .*\n.*bronze\.another: .*\n.*silver\.another: /);
    expect((await of(DeltaService).snapshot(TABLE)).files).toHaveLength(1);
  });

  it('takes files early only from those who say that nobody else needs them', async () => {
    await operations.deleteRows({ dataset: TABLE, where: 'id = 1' }, aTaskRun());
    const early = { datasets: [TABLE], retention_hours: 0, dry_run: false };
    await expect(operations.vacuum({ ...early, force: false }, aTaskRun())).rejects.toMatchObject({ status: 422 });
    expect(await operations.vacuum({ ...early, force: true }, aTaskRun())).toMatchObject({ tables: [{ files: 1 }] });
    expect(await ids()).toEqual([2]);
  });

  it('keeps what it did before a stop, and says which table it does not know', async () => {
    await expect(operations.optimize({ datasets: ['gold.none'], target_mb: 1 }, aTaskRun())).rejects.toThrow('gold.none');
    const stopped = aTaskRun({ signal: AbortSignal.abort() });
    await expect(operations.deleteRows({ dataset: TABLE, where: 'true' }, stopped)).rejects.toThrow();
    expect(await ids()).toEqual([1, 2]);
  });

  it('refuses a condition on a column that there is not', async () => {
    const where = 'nope = 1';
    await expect(operations.deleteRows({ dataset: TABLE, where }, aTaskRun())).rejects.toMatchObject({ status: 422 });
    expect(await ids()).toEqual([1, 2]);
  });
});
