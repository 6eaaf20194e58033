import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DataSource } from 'typeorm';
import { aTaskRun, openRooms, type Rooms } from '../../test/fixtures/rooms.js';
import { CatalogModule } from '../catalog/catalog.module.js';
import { CatalogService } from '../catalog/catalog.service.js';
import type { SchemaChange } from '../catalog/catalog.types.js';
import { DeltaModule } from '../delta/delta.module.js';
import { DeltaService } from '../delta/delta.service.js';
import { EventBus } from '../events/event-bus.js';
import { LakeService } from './lake.service.js';
import type { CommitFacts } from './lake.types.js';
import { MedallionModule } from './medallion.module.js';

const FACTS = { run_id: null, inputs: [], keys: [], time: null, targets: [] };
const page = { limit: 50, offset: 0 };

describe('LakeService', () => {
  let rooms: Rooms;
  beforeEach(async () => {
    rooms = await openRooms([MedallionModule, CatalogModule, DeltaModule]);
  });
  afterEach(() => rooms.close());

  const entryOf = (version: number): string =>
    join(rooms.folder, 'data/lake/silver/houses/_delta_log', `${String(version).padStart(20, '0')}.json`);

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

  describe('finds a version that was committed and not recorded', () => {
    const inputs = [{ name: 'bronze.houses', version: 4 }];
    const check = { expectation: 'unique', columns: ['id'], severity: 'warn' as const, description: null };
    const facts = (failed: number): CommitFacts => ({
      ...FACTS,
      inputs,
      quality: [{ ...check, status: failed > 0 ? 'failed' : 'passed', checked_rows: 3, failed_rows: failed }],
    });
    const query = { sql: 'select 1 as id' };
    const write = (failed = 0) =>
      rooms.module.get(LakeService).write('silver.houses', { mode: 'append', query, facts: facts(failed) });
    /** As by a replica that dies before it tells anybody. */
    const commitOnly = (failed = 0) =>
      rooms.module.get(DeltaService).write('silver.houses', { mode: 'append', query, info: { ...facts(failed) } });
    const recorded = async () => {
      const { items } = await rooms.module.get(CatalogService).versions('silver.houses', page);
      return items.map(({ version, inputs: from }) => [version, from]);
    };
    const all = [2, 1, 0].map((version) => [version, inputs]);

    it('with the commit after it', async () => {
      await write();
      await commitOnly();
      await write();
      expect(await recorded()).toEqual(all);
    });

    it('at the next start though a later one is recorded, and takes its checks for no newer than they are', async () => {
      await write();
      await write(1);
      await write();
      await rooms.module.get(DataSource).query('delete from lab.dataset_versions where version = 1');
      await rooms.module.get(DataSource).query('delete from lab.quality_results where version = 1');
      await rooms.reopen();
      expect(await recorded()).toEqual(all);
      const catalog = rooms.module.get(CatalogService);
      const { items } = await catalog.quality('silver.houses', page);
      expect(items.map(({ version }) => version)).toEqual([2, 1, 0]);
      expect((await catalog.quality('silver.houses', { ...page, latest: true })).items).toMatchObject([{ version: 2 }]);
    });

    it('at the next start, and tells those who keep the table in memory', async () => {
      await write();
      await commitOnly();
      const told: number[] = [];
      rooms.module.get(EventBus).subscribe('dataset.changed', ({ version }) => void told.push(version));
      await rooms.module.get(LakeService).onApplicationBootstrap();
      while (!told.includes(1)) await new Promise((resolve) => setTimeout(resolve, 5));
      expect(await recorded()).toEqual(all.slice(1));
    });

    it('beside a table whose log is broken', async () => {
      await write();
      await commitOnly();
      const broken = join(rooms.folder, 'data/lake/bronze/broken/_delta_log');
      await mkdir(broken, { recursive: true });
      await writeFile(join(broken, `${'0'.repeat(20)}.json`), '{"metaData":{"id"');
      await rooms.reopen();
      expect(await recorded()).toEqual(all.slice(1));
    });

    it('as far back as the log goes', async () => {
      for (let version = 0; version <= 10; version++) await commitOnly();
      for (const version of [0, 1, 2, 3]) await rm(entryOf(version));
      await write();
      expect((await recorded()).map(([version]) => version)).toEqual([11, 10, 9, 8, 7, 6, 5, 4]);
      await rooms.module.get(DataSource).query('delete from lab.dataset_versions where version = 7');
      await rooms.reopen();
      expect((await recorded()).map(([version]) => version)).toEqual([11, 10, 9, 8, 7, 6, 5, 4]);
    });
  });

  it('keeps what it knows of a table that another system changed meanwhile', async () => {
    const facts = { ...FACTS, keys: ['id'], time: 'at', targets: ['id'] };
    const query = { sql: 'select 1 as id, now() as at' };
    await rooms.module.get(LakeService).write('silver.houses', { mode: 'append', query, facts });
    const [, add] = /"add":(\{.*\})\}/.exec(await readFile(entryOf(0), 'utf8')) as RegExpExecArray;
    const client = { engineInfo: 'delta-rs:py-1.6.6', clientVersion: 'delta-rs.py-1.6.6', timestamp: Date.now() };
    const written = { ...client, operation: 'WRITE', operationParameters: { mode: 'Append' } };
    await writeFile(entryOf(1), `${JSON.stringify({ commitInfo: written })}\n${add.replace(/^/, '{"add":')}}\n`);
    const vacuumed = { ...client, operation: 'VACUUM END', operationParameters: { status: 'COMPLETED' } };
    await writeFile(entryOf(2), JSON.stringify({ commitInfo: vacuumed }));
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
