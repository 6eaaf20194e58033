import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { aTaskRun, openRooms, type Rooms } from '../../test/fixtures/rooms.js';
import { CatalogModule } from '../catalog/catalog.module.js';
import { CatalogService } from '../catalog/catalog.service.js';
import type { SchemaChange } from '../catalog/catalog.types.js';
import { DeltaModule } from '../delta/delta.module.js';
import { DeltaService } from '../delta/delta.service.js';
import { LakeService } from './lake.service.js';
import { MedallionModule } from './medallion.module.js';

const FACTS = { run_id: null, inputs: [], keys: [], time: null, targets: [] };
const page = { limit: 50, offset: 0 };

describe('LakeService', () => {
  let rooms: Rooms;
  beforeEach(async () => {
    rooms = await openRooms([MedallionModule, CatalogModule, DeltaModule]);
  });
  afterEach(() => rooms.close());

  it('tells the catalogue at the next start what a dead process committed and did not tell', async () => {
    const facts = { ...FACTS, keys: ['id'], inputs: [{ name: 'bronze.houses', version: 4 }], quality: [] };
    const delta = rooms.module.get(DeltaService);
    for (const id of [1, 2]) {
      await delta.write('silver.houses', {
        mode: 'append',
        query: { sql: `select ${id} as id` },
        description: 'Houses',
        info: facts,
      });
    }
    await rooms.reopen();
    const catalog = rooms.module.get(CatalogService);
    expect(await catalog.find('silver.houses')).toMatchObject({ version: 1, rows: 2, keys: ['id'], description: 'Houses' });
    const { items } = await catalog.versions('silver.houses', page);
    expect(items.map(({ version, rows_added, inputs }) => [version, rows_added, inputs])).toEqual([
      [1, 1, facts.inputs],
      [0, 1, facts.inputs],
    ]);
  });

  it('keeps what it knows of a table that another system changed meanwhile', async () => {
    const facts = { ...FACTS, keys: ['id'], time: 'at', targets: ['id'] };
    const query = { sql: 'select 1 as id, now() as at' };
    await rooms.module.get(LakeService).write('silver.houses', { mode: 'append', query, facts });
    const entry = (version: number): string =>
      join(rooms.folder, 'data/lake/silver/houses/_delta_log', `${String(version).padStart(20, '0')}.json`);
    const [, add] = /"add":(\{.*\})\}/.exec(await readFile(entry(0), 'utf8')) as RegExpExecArray;
    const client = { engineInfo: 'delta-rs:py-1.6.6', clientVersion: 'delta-rs.py-1.6.6', timestamp: Date.now() };
    const written = { ...client, operation: 'WRITE', operationParameters: { mode: 'Append' } };
    await writeFile(entry(1), `${JSON.stringify({ commitInfo: written })}\n${add.replace(/^/, '{"add":')}}\n`);
    const vacuumed = { ...client, operation: 'VACUUM END', operationParameters: { status: 'COMPLETED' } };
    await writeFile(entry(2), JSON.stringify({ commitInfo: vacuumed }));
    await rooms.reopen();
    const known = { keys: ['id'], time: 'at', targets: ['id'] };
    expect(await rooms.module.get(CatalogService).find('silver.houses')).toMatchObject({ version: 2, ...known });
    const lake = rooms.module.get(LakeService);
    await lake.change('silver.houses', aTaskRun().runId, (info) =>
      rooms.module.get(DeltaService).update('silver.houses', { set: { id: 'id + 1' }, info }),
    );
    expect(await rooms.module.get(CatalogService).find('silver.houses')).toMatchObject({ version: 3, ...known });
  });

  it('tells the catalogue how the columns of a table change', async () => {
    const write = (sql: string, drift?: SchemaChange[]) =>
      rooms.module
        .get(LakeService)
        .write('bronze.houses', { mode: 'append', evolve: true, query: { sql }, facts: { ...FACTS, drift } });
    await write('select 1 as id, 2 as rooms');
    await write("select 5000000000 as id, 'x' as note", [{ change: 'missing', column: 'rooms', from: 'INTEGER', to: null }]);
    const { items } = await rooms.module.get(CatalogService).schemaChanges('bronze.houses', page);
    expect(items.map(({ change, column, from, to, version }) => [change, column, from, to, version])).toEqual([
      ['added', 'note', null, 'VARCHAR', 1],
      ['retyped', 'id', 'INTEGER', 'BIGINT', 1],
      ['missing', 'rooms', 'INTEGER', null, 1],
    ]);
  });
});
