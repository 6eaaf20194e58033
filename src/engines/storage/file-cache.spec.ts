import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { FileCache } from './file-cache.js';

describe('copies of files', () => {
  let folder: string;
  let fetched: string[];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cache-'));
    fetched = [];
  });
  afterEach(() => rm(folder, { recursive: true }));

  const open = (limits = { mostBytes: 25, heldMs: 0 }) => FileCache.open(join(folder, 'copies'), limits);
  /** Ten bytes. */
  const take = (cache: FileCache, path: string) =>
    cache.file(path, async (target) => {
      fetched.push(path);
      await writeFile(target, path.padEnd(10));
      return true;
    });
  const keep = async (cache: FileCache, path: string): Promise<void> => {
    const own = join(folder, 'own');
    await writeFile(own, path.padEnd(10));
    await cache.keep(path, own);
    await rm(own);
  };

  it('are fetched once', async () => {
    const cache = await open();
    const copies = await Promise.all([take(cache, 'a/1'), take(cache, 'a/1')]);
    copies.push(await take(cache, 'a/1'));
    expect([new Set(copies).size, fetched]).toEqual([1, ['a/1']]);
    expect(await readFile(copies[0]!, 'utf8')).toBe('a/1       ');
  });

  it('keep their names, and differ by their folders', async () => {
    const cache = await open();
    const [one, other] = [await take(cache, 'a/part.parquet'), await take(cache, 'b/part.parquet')];
    expect([one, other]).toEqual([expect.stringMatching(/\/part\.parquet$/), expect.stringMatching(/\/part\.parquet$/)]);
    expect(one).not.toBe(other);
  });

  it('make room for others: what was used longest ago goes', async () => {
    const cache = await open();
    for (const path of ['a', 'b', 'a', 'c', 'a', 'b']) await take(cache, path);
    expect([fetched, cache.size]).toEqual([['a', 'b', 'c', 'b'], 20]);
  });

  it('stay while they may be in use, though that is more than the bound', async () => {
    const cache = await open({ mostBytes: 25, heldMs: 60_000 });
    for (const path of ['a', 'b', 'c', 'a']) await take(cache, path);
    expect([fetched, cache.size]).toEqual([['a', 'b', 'c'], 30]);
  });

  it('are forgotten when the file is another one', async () => {
    const cache = await open();
    await take(cache, 'a');
    await cache.forget('a');
    await take(cache, 'a');
    expect([fetched, cache.size]).toEqual([['a', 'a'], 10]);
  });

  it('need not be fetched when the file is from here', async () => {
    const cache = await open();
    await keep(cache, 'a');
    expect([await readFile((await take(cache, 'a'))!, 'utf8'), fetched]).toEqual(['a'.padEnd(10), []]);
  });

  it('make room at once when the file is from here, and nobody has read it', async () => {
    const cache = await open({ mostBytes: 25, heldMs: 60_000 });
    await take(cache, 'read');
    for (const path of ['a', 'b', 'c', 'd']) await keep(cache, path);
    expect(cache.size).toBe(20);
    for (const path of ['read', 'd', 'c']) await take(cache, path);
    expect(fetched).toEqual(['read', 'c']);
  });

  it('come to everybody who asks while there is no room for what is from here', async () => {
    const cache = await open({ mostBytes: 5, heldMs: 60_000 });
    await writeFile(join(folder, 'own'), 'a'.padEnd(10));
    const keeping = cache.keep('a', join(folder, 'own'));
    await setImmediate();
    const [copy] = await Promise.all([take(cache, 'a'), keeping]);
    expect(await readFile(copy!, 'utf8')).toBe('a'.padEnd(10));
  });

  it('are fetched again when somebody removed them', async () => {
    const cache = await open();
    await take(cache, 'a');
    await rm(join(folder, 'copies'), { recursive: true });
    const copies = await Promise.all([take(cache, 'a'), take(cache, 'a')]);
    expect([await readFile(copies[0]!, 'utf8'), new Set(copies).size]).toEqual(['a'.padEnd(10), 1]);
    expect([fetched, cache.size]).toEqual([['a', 'a'], 10]);
  });

  it('are not there when there is no file, and asked for again the next time', async () => {
    const cache = await open();
    expect(await cache.file('a', () => Promise.resolve(false))).toBeUndefined();
    await expect(cache.file('a', () => Promise.reject(new Error('away')))).rejects.toThrow('away');
    expect(await take(cache, 'a')).toBeDefined();
  });
});
