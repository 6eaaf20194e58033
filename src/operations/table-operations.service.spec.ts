import { aTaskRun, openRooms, type Rooms } from '../../test/fixtures/rooms.js';
import { CatalogService } from '../catalog/catalog.service.js';
import { DeltaService } from '../delta/delta.service.js';
import { SqlEngine } from '../engines/sql/sql.port.js';
import { type AnyEvent, EventBus } from '../events/event-bus.js';
import { BuildService } from '../medallion/build.service.js';
import { LakeService } from '../medallion/lake.service.js';
import { OperationsModule } from './operations.module.js';
import { TableOperationsService } from './table-operations.service.js';

const TABLE = 'bronze.houses';
const FACTS = { run_id: null, inputs: [], keys: ['id'], time: null, targets: [] };
const ROWS = `select id, area, town, price::double as price from (values (1, 50.0, 'Porto', 70000.0), (2, 61.0, 'Lisboa', 1.0)) as t (id, area, town, price)`;
const NO_PIPELINE = 'name: houses\ndescription: Nothing\ntasks:\n  tidy: { uses: operations.clean_log }\n';

describe('TableOperationsService', () => {
  let rooms: Rooms;
  let operations: TableOperationsService;
  const of = <T>(token: abstract new (...given: never[]) => T): T => rooms.module.get<T>(token);
  const append = (sql = ROWS) => of(LakeService).write(TABLE, { mode: 'append', query: { sql }, facts: FACTS });
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
