import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { aTaskRun, openRooms, type Rooms } from '../../test/fixtures/rooms.js';
import { CatalogModule } from '../catalog/catalog.module.js';
import { CatalogService } from '../catalog/catalog.service.js';
import { DeltaModule } from '../delta/delta.module.js';
import { DeltaService } from '../delta/delta.service.js';
import { SqlEngine } from '../engines/sql/sql.port.js';
import { LandedFileMissingError, SourceFileMissingError, SourceNotFoundError } from './etl.errors.js';
import { EtlModule } from './etl.module.js';
import { LoadService } from './load.service.js';

/** Each reads the files that begin with its name. */
const SOURCES = ['parts', 'more', 'texts', 'absent', 'stopped', 'broken', 'linked'];

describe('LoadService', () => {
  let rooms: Rooms;
  beforeAll(async () => {
    const declarations = SOURCES.map((name) => [
      `sources/${name}.yaml`,
      `name: ${name}\ndescription: ${name}\nformat: csv\npath: ${name}-*.csv\n`,
    ]);
    const files = { ...Object.fromEntries(declarations), 'pipelines/houses.yaml': undefined };
    rooms = await openRooms([EtlModule, CatalogModule, DeltaModule], files);
  });
  afterAll(() => rooms.close());

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

  it('keeps every row as received, with where it came from and what the version was made from', async () => {
    const { rows, dataset, batch } = await load('houses');
    expect([rows, dataset]).toEqual([402, 'bronze.houses']);
    const [first] = await rowsOf('bronze.houses');
    expect(first).toMatchObject({
      id: 1,
      town: 'Lisboa',
      _source: 'houses.csv',
      _batch: batch,
      _ingested_at: expect.any(Date),
    });
    const { items } = await rooms.module.get(CatalogService).versions('bronze.houses', { limit: 1, offset: 0 });
    expect(items[0].inputs).toEqual([{ name: `landing/houses/${batch}/houses.csv`, version: null }]);
  });

  it('loads the same bytes once, whatever their name and however often it is asked', async () => {
    await put('parts-1.csv', 'a,b\n1,x\n');
    await load('parts');
    await put('parts-2.csv', 'a,b\n1,x\n');
    expect(await load('parts')).toMatchObject({ rows: 0, skipped: true, batches: [{ skipped: true }, { skipped: true }] });
    expect([await rowsOf('bronze.parts'), await landed('parts')]).toEqual([[expect.anything()], [expect.anything()]]);
  });

  it('loads what is new beside what is not', async () => {
    await put('more-1.csv', 'a,b\n1,x\n');
    await load('more');
    await put('more-2.csv', 'a,b\n2,y\n3,z\n');
    const { rows, batches, skipped, version } = await load('more');
    expect([rows, batches.map((batch) => batch.rows), skipped, version]).toEqual([2, [0, 2], false, 1]);
    expect((await rooms.module.get(CatalogService).find('bronze.more')).rows).toBe(3);
  });

  it('keeps text with quotes, delimiters and line breaks in it', async () => {
    await put('texts-1.csv', 'a,b\n1,"say ""hi"", then\ngo"\n');
    await load('texts');
    expect((await rowsOf('bronze.texts'))[0].b).toBe('say "hi", then\ngo');
  });

  it('says where it looked when there is no file, a folder being none', async () => {
    await mkdir(join(rooms.workspace, 'absent-1.csv'));
    await expect(load('absent')).rejects.toThrow(new SourceFileMissingError('absent', 'absent-*.csv'));
  });

  it('says what the system says of a file that it cannot read', async () => {
    await symlink(join(rooms.workspace, 'nowhere'), join(rooms.workspace, 'broken-1.csv'));
    await expect(load('broken')).rejects.toThrow('"broken-1.csv" of the source "broken" cannot be read: the system says ENOENT');
    await mkdir(join(rooms.workspace, 'folder'));
    await symlink(join(rooms.workspace, 'folder'), join(rooms.workspace, 'linked-1.csv'));
    await expect(load('linked')).rejects.toThrow('"linked-1.csv" of the source "linked" cannot be read: the system says EISDIR');
  });

  it('says which sources there are', async () => {
    await expect(load('castles')).rejects.toThrow(new SourceNotFoundError('castles', [...SOURCES, 'houses'].sort()));
  });

  it('loads a landed file of its own source only', async () => {
    const [batch] = await landed('texts');
    const of = (source: string) =>
      rooms.module.get(LoadService).load({ source, landed: `landing/texts/${batch}/texts-1.csv` }, aTaskRun());
    expect(await of('texts')).toMatchObject({ skipped: true, batch });
    await expect(of('parts')).rejects.toThrow(LandedFileMissingError);
  });

  it('leaves nothing in the lake when it is stopped', async () => {
    await put('stopped-1.csv', 'a\n1\n');
    await expect(load('stopped', aTaskRun({ signal: AbortSignal.abort(new Error('stopped')) }))).rejects.toThrow('stopped');
    expect(await rooms.module.get(DeltaService).exists('bronze.stopped')).toBe(false);
  });
});
