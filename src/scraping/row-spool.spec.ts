import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { openLake, type TestLake } from '../../test/fixtures/lake.js';
import { RowSpool } from './row-spool.js';

describe('rows on their way to bronze', () => {
  let lake: TestLake;
  let spool: RowSpool;
  beforeAll(async () => {
    lake = await openLake();
  });
  beforeEach(async () => {
    spool = await RowSpool.open(lake.storage);
  });
  afterAll(() => lake.close());

  it('are lines of a file, each address once', async () => {
    for (const row of [{ url: 'a', html: '<p>\n' }, { url: 'b' }, { url: 'a', html: 'later' }]) await spool.add(row);
    await spool.settle();
    expect(await readFile(spool.path, 'utf8')).toBe('{"url":"a","html":"<p>\\n"}\n{"url":"b"}\n');
    expect([...spool.urls]).toEqual(['a', 'b']);
    await spool.discard();
  });

  it('leave nothing behind', async () => {
    await spool.add({ url: 'a' });
    await spool.discard();
    expect(existsSync(dirname(spool.path))).toBe(false);
  });
});
