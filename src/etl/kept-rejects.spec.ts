import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { aTaskRun, openRooms, type Rooms } from '../../test/fixtures/rooms.js';
import { DeltaModule } from '../delta/delta.module.js';
import { DeltaService } from '../delta/delta.service.js';
import { SqlEngine } from '../engines/sql/sql.port.js';
import { LakeStorage } from '../engines/storage/storage.port.js';
import { LakeService } from '../medallion/lake.service.js';
import { MedallionModule } from '../medallion/medallion.module.js';
import { QuarantineService } from '../medallion/quarantine.service.js';
import { EtlModule } from './etl.module.js';
import { LoadService } from './load.service.js';

const TEXT = 'a,b\n1,2\nx,3\n4\n';

describe('the rejected rows of a load', () => {
  let rooms: Rooms;
  beforeEach(async () => {
    rooms = await openRooms([EtlModule, MedallionModule, DeltaModule], {
      'pipelines/houses.yaml': undefined,
      ...aSource('BIGINT'),
    });
    await writeFile(join(rooms.workspace, 'parts.csv'), TEXT);
  });
  afterEach(() => rooms.close());

  const aSource = (type: string): Record<string, string> => ({
    'sources/parts.yaml': `name: parts\ndescription: Parts\nformat: csv\npath: parts.csv\ncsv: { columns: { a: ${type} } }\n`,
  });
  const load = (attempt = 1) => rooms.module.get(LoadService).load({ source: 'parts' }, aTaskRun({ attempt }));
  const textsIn = async (table: string, column: string): Promise<unknown[]> => {
    const delta = rooms.module.get(DeltaService);
    if (!(await delta.exists(table))) return [];
    const tables = { t: await delta.relation(await delta.snapshot(table)) };
    const rows = await rooms.module
      .get<SqlEngine>(SqlEngine)
      .rows({ sql: `select ${column} as text from t order by all`, tables });
    return rows.map(({ text }) => text);
  };
  const kept = async (): Promise<unknown[]> =>
    (await rooms.module.get<LakeStorage>(LakeStorage).list('landing/')).filter(({ path }) => path.includes('.rejects-'));

  it('reach quarantine though it dies behind its commit, and the job that goes on says what was loaded', async () => {
    const death = jest.spyOn(rooms.module.get(QuarantineService), 'put').mockRejectedValueOnce(new Error('killed'));
    await expect(load()).rejects.toThrow('killed');
    death.mockRestore();
    expect([await textsIn('quarantine.bronze_parts', 'text'), (await kept()).length]).toEqual([[], 1]);
    await rooms.reopen();
    expect(await load(2)).toMatchObject({ rows: 1, rejected: 2, skipped: false });
    expect([await textsIn('quarantine.bronze_parts', 'text'), await kept()]).toEqual([['4', 'x,3'], []]);
    expect(await load()).toMatchObject({ rows: 0, skipped: true });
  });

  it('are none where it was not committed, and no others than it rejects when it is done again in another way', async () => {
    const death = jest.spyOn(rooms.module.get(LakeService), 'write').mockImplementationOnce(async (_table, { inspect }) => {
      await inspect?.({ relation: { format: 'parquet', files: [] }, rows: 2 });
      throw new Error('no more room');
    });
    await expect(load()).rejects.toThrow('no more room');
    death.mockRestore();
    expect([await textsIn('quarantine.bronze_parts', 'text'), await kept()]).toEqual([[], []]);
    await writeFile(join(rooms.workspace, 'sources/parts.yaml'), aSource('VARCHAR')['sources/parts.yaml']);
    await rooms.reopen();
    expect(await load()).toMatchObject({ rows: 2, rejected: 1 });
    expect(await textsIn('bronze.parts', 'a')).toEqual(['1', 'x']);
    expect(await textsIn('quarantine.bronze_parts', 'text')).toEqual(['4']);
  });
});
