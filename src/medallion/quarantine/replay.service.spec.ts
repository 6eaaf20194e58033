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
import { AlreadyReplayedError, MendedRowError, QuarantinedRowNotFoundError } from '../medallion.errors.js';
import { MedallionModule } from '../medallion.module.js';
import { QuarantineService } from '../quarantine.service.js';
import { ReplayModule } from '../replay.module.js';
import { QuarantineQuery } from './quarantine.schema.js';
import { QuarantineListing } from './quarantine-listing.js';
import { type ReplayOptions, ReplayService } from './replay.service.js';
import { ReplayLedger } from './replay-ledger.js';

const FACTS = { run_id: null, inputs: [], keys: [], time: null, targets: [] };
const MODEL = `/*---
name: silver.houses
description: Houses
expectations:
  - between: { column: area, min: 1 }
    on_fail: quarantine
  - not_null: town
---*/
select id, area, town, price::decimal(12,2) as price, seen from bronze.houses
`;
const BRONZE = `select id, area, town, price, timestamptz '2001-01-01T10:00:00Z' as seen, now() as _ingested_at, 'x' as _source, 'b' as _batch
  from (values (1, 50.0::double, 'Porto', 1.5), (2, -1.0, 'Faro', 2.5), (2, -1.0, 'Faro', 2.5)) as t (id, area, town, price)`;
const RUNS = [
  '00000000-0000-4000-8000-000000000001',
  '00000000-0000-4000-8000-000000000002',
  '00000000-0000-4000-8000-000000000003',
];

describe('ReplayService', () => {
  let rooms: Rooms;
  beforeEach(async () => {
    rooms = await openRooms([ReplayModule, MedallionModule, CatalogModule, DeltaModule], {
      'transforms/silver/houses.sql': MODEL,
      'pipelines/houses.yaml': 'name: houses\ndescription: Houses\ntasks:\n  build: { uses: medallion.build }\n',
    });
    await rooms.module.get(LakeService).write('bronze.houses', { mode: 'append', query: { sql: BRONZE }, facts: FACTS });
  });
  afterEach(() => rooms.close());

  const build = () => rooms.module.get(BuildService).build({ models: ['silver.houses'], force: false }, aTaskRun());
  const list = async (dataset: string, status: QuarantineQuery['status'] = 'open') =>
    (await rooms.module.get(QuarantineListing).list({ ...QuarantineQuery.parse({}), dataset, status })).items;
  const rowsOf = async (table: string, sql: string) => {
    const delta = rooms.module.get(DeltaService);
    const tables = { t: await delta.relation(await delta.snapshot(table)) };
    return rooms.module.get<SqlEngine>(SqlEngine).rows({ sql, tables });
  };
  const replay = (rows: ReplayOptions['rows'], runId = RUNS[0]) =>
    rooms.module.get(ReplayService).replay({ rows }, aTaskRun({ runId }));
  const start = (rows: ReplayOptions['rows']) => rooms.module.get(ReplayService).start({ rows });
  const aHouse = (overrides: Record<string, unknown> = {}) => ({
    ...{ id: 2, area: 70, town: 'Faro', price: '2.50', seen: '2001-01-01T10:00:00Z' },
    ...overrides,
  });
  const reject = async (row: Record<string, unknown> | null = { id: 3, area: 9 }, text?: string): Promise<string> => {
    const rejected = { row: row ?? undefined, text, rules: ['type'], reason: 'area is no number' };
    await rooms.module.get(QuarantineService).put([rejected], { dataset: 'bronze.houses', stage: 'load', source: 'houses' });
    return (await list('bronze.houses'))[0].id;
  };

  it('puts a mended row in the place of one that an expectation refused, in every build to come', async () => {
    await build();
    const [first] = await list('silver.houses');
    expect(await replay([{ id: first.id, row: aHouse() }])).toEqual({ rows: 1, replayed: 1, rejected: 0, already: 0 });
    expect((await build()).models).toEqual([expect.objectContaining({ skipped: false, rows: 2 })]);
    expect(await build()).toMatchObject({ skipped: true });
    await rooms.module
      .get(LakeService)
      .write('bronze.houses', { mode: 'append', query: { sql: `${BRONZE} limit 1` }, facts: FACTS });
    await build();
    expect(await rowsOf('silver.houses', 'select id, area, price, seen from t order by all')).toEqual([
      { id: 1, area: 50, price: '1.50', seen: new Date('2001-01-01T10:00:00Z') },
      { id: 1, area: 50, price: '1.50', seen: new Date('2001-01-01T10:00:00Z') },
      { id: 2, area: 70, price: '2.50', seen: new Date('2001-01-01T10:00:00Z') },
    ]);
    expect([(await list('silver.houses')).length, (await list('silver.houses', 'replayed')).length]).toEqual([1, 1]);
  });

  it('sends a row back that breaks a rule again, with the new reason', async () => {
    await build();
    const [{ id }] = await list('silver.houses');
    expect(await replay([{ id, row: aHouse({ area: 0, town: null }) }])).toMatchObject({ replayed: 0, rejected: 1 });
    expect((await list('silver.houses')).find((item) => item.id === id)).toMatchObject({
      rules: ['between(area)', 'not_null(town)'],
      reason: 'area is not between 1 and ∞; town is missing',
      run_id: RUNS[0],
    });
    expect(await replay([{ id, row: aHouse() }], RUNS[1])).toMatchObject({ replayed: 1, rejected: 0 });
  });

  it('appends a mended row of a load to its bronze table, as a batch of its own', async () => {
    const id = await reject();
    await replay([{ id, row: { id: 3, area: 9, town: 'Beja' } }]);
    expect(await rowsOf('bronze.houses', 'select * from t where id = 3')).toEqual([
      expect.objectContaining({ area: 9, town: 'Beja', price: null, _source: 'quarantine', _batch: RUNS[0] }),
    ]);
    expect(await list('bronze.houses')).toEqual([]);
  });

  it('tries a row again as it is', async () => {
    expect(await replay([{ id: await reject() }])).toMatchObject({ replayed: 1 });
  });

  it('takes a row back once', async () => {
    const id = await reject();
    await replay([{ id }]);
    expect(await replay([{ id }], RUNS[1])).toEqual({ rows: 0, replayed: 0, rejected: 0, already: 1 });
    await expect(start([{ id }])).rejects.toThrow(new AlreadyReplayedError([id]));
    expect(await rowsOf('bronze.houses', 'select id from t where id = 3')).toHaveLength(1);
  });

  it.each(['deliver', 'close'] as const)('takes a row back once when the process dies before it can %s', async (step) => {
    const [id, other] = [await reject(), await reject({ id: 'x' })];
    const ledger = rooms.module.get(ReplayLedger);
    const death = jest.spyOn(ledger, step).mockRejectedValueOnce(new Error('killed'));
    await expect(replay([{ id }, { id: other }])).rejects.toThrow('killed');
    death.mockRestore();
    await rooms.reopen();
    // The same run goes on, and another asks for the same rows.
    for (const run of step === 'close' ? [RUNS[1], RUNS[0], RUNS[2]] : [RUNS[0], RUNS[1]]) await replay([{ id }], run);
    expect(await rowsOf('bronze.houses', 'select id from t where id = 3')).toHaveLength(1);
    expect((await list('bronze.houses')).map((item) => item.id)).toEqual([other]);
    expect((await list('bronze.houses', 'replayed')).map((item) => item.id)).toEqual([id]);
  });

  it('takes back once what it delivered before it died, though a rule that came meanwhile would refuse it', async () => {
    await build();
    const [first, second] = await list('silver.houses');
    const death = jest.spyOn(rooms.module.get(ReplayLedger), 'close').mockRejectedValueOnce(new Error('killed'));
    const rows = [{ id: first.id, row: aHouse() }, { id: second.id }];
    await expect(replay(rows)).rejects.toThrow('killed');
    death.mockRestore();
    await writeFile(join(rooms.workspace, 'transforms/silver/houses.sql'), MODEL.replace('min: 1', 'min: 1, max: 60'));
    await rooms.reopen();
    expect(await replay(rows)).toEqual({ rows: 1, replayed: 1, rejected: 1, already: 0 });
    expect((await list('silver.houses')).map(({ id }) => id)).toEqual([second.id]);
    expect((await list('silver.houses', 'replayed')).map(({ id }) => id)).toEqual([first.id]);
  });

  it('takes a row back by the rules of now where it died before it delivered', async () => {
    await build();
    const [{ id }] = await list('silver.houses');
    const death = jest.spyOn(rooms.module.get(ReplayLedger), 'deliver').mockRejectedValueOnce(new Error('killed'));
    await expect(replay([{ id, row: aHouse() }])).rejects.toThrow('killed');
    death.mockRestore();
    await writeFile(join(rooms.workspace, 'transforms/silver/houses.sql'), MODEL.replace('min: 1', 'min: 1, max: 60'));
    await rooms.reopen();
    expect(await replay([{ id, row: aHouse() }])).toMatchObject({ replayed: 0, rejected: 1 });
    expect((await list('silver.houses')).find((item) => item.id === id)?.reason).toBe('area is not between 1 and 60');
  });

  it('refuses rows that are none of their table, each with what is wrong', async () => {
    const id = await reject();
    const refusals: [object, RegExp][] = [
      [{ id: 3, garden: 1 }, /there is no column "garden"/],
      [{ id: 'three' }, /the value of "id" is no INTEGER/],
      [{ id: 1.5 }, /the value of "id" is no INTEGER/],
      [{ id: 5_000_000_000 }, /the value of "id" is no INTEGER/],
      [{ id: 3, town: 7 }, /the value of "town" is no VARCHAR/],
      [{ id: 3, seen: 'yesterday' }, /the value of "seen" is no TIMESTAMP WITH TIME ZONE/],
      [{ id: 3, _source: 'me' }, /there is no column "_source"/],
    ];
    for (const [row, message] of refusals) {
      const failure: unknown = await start([{ id, row: { ...row } }]).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(MendedRowError);
      expect((failure as Error).message).toMatch(message);
    }
  });

  it('asks for the row where none could be read', async () => {
    const id = await reject(null, '3;"x');
    await expect(start([{ id }])).rejects.toThrow('send the row that is meant');
  });

  it('says which ids nobody knows', async () => {
    await expect(start([{ id: RUNS[0] }])).rejects.toThrow(new QuarantinedRowNotFoundError([RUNS[0]]));
  });
});
