import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { aTaskRun, openRooms, type Rooms } from '../../test/fixtures/rooms.js';
import { CatalogModule } from '../catalog/catalog.module.js';
import { CatalogService } from '../catalog/catalog.service.js';
import { DeltaModule } from '../delta/delta.module.js';
import { DeltaService } from '../delta/delta.service.js';
import { SqlEngine } from '../engines/sql/sql.port.js';
import { SourceFileMissingError, SourceNotFoundError } from './etl.errors.js';
import { EtlModule } from './etl.module.js';
import { LoadService } from './load.service.js';

const PARTS = 'name: parts\ndescription: Parts\nformat: csv\npath: parts-*.csv\n';

describe('LoadService', () => {
  let rooms: Rooms;
  beforeEach(async () => {
    rooms = await openRooms([EtlModule, CatalogModule, DeltaModule], { 'sources/parts.yaml': PARTS });
  });
  afterEach(() => rooms.close());

  const load = (source: string, run = aTaskRun()) => rooms.module.get(LoadService).load({ source }, run);
  const put = (name: string, text: string) => writeFile(join(rooms.workspace, name), text);
  const landed = async (source: string) => readdir(join(rooms.folder, 'data/lake/landing', source));

  const rowsOf = async (table: string) => {
    const delta = rooms.module.get(DeltaService);
    const relation = await delta.relation(await delta.snapshot(table));
    return rooms.module
      .get<SqlEngine>(SqlEngine)
      .rows({ sql: 'select * from rows_of order by 1', tables: { rows_of: relation } });
  };

  it('keeps every row as received, with where it came from', async () => {
    const { rows, dataset, batches } = await load('houses');
    expect([rows, dataset]).toEqual([402, 'bronze.houses']);
    const [first] = await rowsOf('bronze.houses');
    expect(first).toMatchObject({
      id: 1,
      town: 'Lisboa',
      _source: 'houses.csv',
      _batch: batches[0].batch,
      _ingested_at: expect.any(Date),
    });
  });

  it('loads the same bytes once, whatever their name and however often it is asked', async () => {
    await put('parts-1.csv', 'a,b\n1,x\n');
    await load('parts');
    await put('parts-2.csv', 'a,b\n1,x\n');
    expect(await load('parts')).toMatchObject({ rows: 0, skipped: true, batches: [{ skipped: true }, { skipped: true }] });
    expect([await rowsOf('bronze.parts'), await landed('parts')]).toEqual([[expect.anything()], [expect.anything()]]);
  });

  it('loads what is new beside what is not', async () => {
    await put('parts-1.csv', 'a,b\n1,x\n');
    await load('parts');
    await put('parts-2.csv', 'a,b\n2,y\n3,z\n');
    const { rows, batches, skipped } = await load('parts');
    expect([rows, batches.map((batch) => batch.rows), skipped]).toEqual([2, [0, 2], false]);
    expect((await rooms.module.get(CatalogService).find('bronze.parts')).rows).toBe(3);
  });

  it('records the file as what the version was made from', async () => {
    const { batches } = await load('houses');
    const { items } = await rooms.module.get(CatalogService).versions('bronze.houses', { limit: 1, offset: 0 });
    expect(items[0].inputs).toEqual([{ name: `landing/houses/${batches[0].batch}/houses.csv`, version: null }]);
  });

  it('keeps text with quotes, delimiters and line breaks in it', async () => {
    await put('parts-1.csv', 'a,b\n1,"say ""hi"", then\ngo"\n');
    await load('parts');
    expect((await rowsOf('bronze.parts'))[0].b).toBe('say "hi", then\ngo');
  });

  it('says where it looked when there is no file', async () => {
    await rm(join(rooms.workspace, 'houses.csv'));
    await expect(load('houses')).rejects.toThrow(new SourceFileMissingError('houses', 'houses.csv'));
  });

  it('says which sources there are', async () => {
    await expect(load('castles')).rejects.toThrow(new SourceNotFoundError('castles', ['houses', 'parts']));
  });

  it('leaves nothing in the lake when it is stopped', async () => {
    await expect(load('houses', aTaskRun({ signal: AbortSignal.abort(new Error('stopped')) }))).rejects.toThrow('stopped');
    expect(await rooms.module.get(DeltaService).exists('bronze.houses')).toBe(false);
  });
});
