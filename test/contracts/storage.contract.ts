import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FileNotFoundError, PathOutsideStorageError } from '../../src/engines/storage/storage.errors.js';
import type { Storage } from '../../src/engines/storage/storage.port.js';

/** What every storage keeps. An adapter's spec calls it with a way to open an empty one. */
export function keepsStorageContract(open: () => Promise<Storage>): void {
  let storage: Storage;
  beforeEach(async () => {
    storage = await open();
  });

  const put = (...paths: string[]) => Promise.all(paths.map((path) => storage.write(path, Buffer.from(path))));
  const text = async (path: string) => String(await storage.read(path));
  const pathsOf = async (prefix: string, after?: string) => (await storage.list(prefix, after)).map(({ path }) => path);
  const aStagedFile = async (content: string) => {
    const file = join(await storage.stage(), 'part.parquet');
    await writeFile(file, content);
    return file;
  };

  describe('reading and writing', () => {
    it('gives back the bytes that were written', async () => {
      const bytes = Buffer.from([0, 255, 10, 13, 0]);
      await storage.write('silver/flights/part-0.parquet', bytes);
      expect(await storage.read('silver/flights/part-0.parquet')).toEqual(bytes);
    });

    it('keeps an empty file', async () => {
      await storage.write('empty', Buffer.alloc(0));
      expect([await storage.exists('empty'), (await storage.read('empty')).length]).toEqual([true, 0]);
    });

    it('puts a new file in the place of the old one', async () => {
      await storage.write('a', Buffer.from('a long first content'));
      await storage.write('a', Buffer.from('short'));
      expect(await text('a')).toBe('short');
    });

    it('never shows a file that is half written', async () => {
      const contents = ['x', 'y'].map((letter) => letter.repeat(300_000));
      await storage.write('a', Buffer.from(contents[0]));
      const writing = (async () => {
        for (let turn = 0; turn < 20; turn++) await storage.write('a', Buffer.from(contents[turn % 2]));
      })();
      const seen = new Set<string>();
      for (let turn = 0; turn < 40; turn++) seen.add(await text('a'));
      await writing;
      expect([...seen].filter((content) => !contents.includes(content))).toEqual([]);
    });

    it.each(["it's 100%.csv", 'Ümläut/日本.txt', 'a=1/b=%20x', 'with "quotes" and [brackets]*?', '..two-dots', 'trailing. '])(
      'keeps the name %p as it is',
      async (path) => {
        await put(path);
        expect([await text(path), await pathsOf('')]).toEqual([path, [path]]);
      },
    );

    it('says which file is not there', async () => {
      await put('silver/flights');
      for (const missing of ['gold', 'silver', 'silver/flights/deeper']) {
        await expect(storage.read(missing)).rejects.toThrow(FileNotFoundError);
        await expect(storage.readRange(missing, 0, 1)).rejects.toThrow(FileNotFoundError);
        await expect(storage.localFile(missing)).rejects.toThrow(`"${missing}"`);
        expect(await storage.exists(missing)).toBe(false);
      }
    });
  });

  describe('ranges', () => {
    beforeEach(() => storage.write('a', Buffer.from('0123456789')));
    const range = async (start: number, end: number) => String(await storage.readRange('a', start, end));

    it('reads from the first byte to the one before the end', async () => {
      expect([await range(0, 3), await range(3, 4), await range(8, 10)]).toEqual(['012', '3', '89']);
    });

    it('stops where the file stops', async () => {
      expect([await range(8, 99), await range(10, 20), await range(50, 60), await range(4, 4)]).toEqual(['89', '', '', '']);
    });
  });

  describe('putting a file only where none is', () => {
    it('puts the first and leaves it there', async () => {
      expect(await storage.create('log/1.json', Buffer.from('first'))).toBe(true);
      expect(await storage.create('log/1.json', Buffer.from('second'))).toBe(false);
      expect(await text('log/1.json')).toBe('first');
    });

    it('lets exactly one of many racers win', async () => {
      const won = await Promise.all(
        Array.from({ length: 30 }, (_, racer) => storage.create('log/1.json', Buffer.from(`${racer}`))),
      );
      expect(won.filter(Boolean)).toHaveLength(1);
      expect(await text('log/1.json')).toBe(String(won.indexOf(true)));
    });

    it('may put it again after it was removed', async () => {
      await storage.create('a', Buffer.from('1'));
      await storage.remove('a');
      expect(await storage.create('a', Buffer.from('2'))).toBe(true);
    });
  });

  describe('listing', () => {
    it('gives every file below a folder in order of path, with its size', async () => {
      await put('silver/b/2', 'silver/b/10', 'silver/a/1', 'gold/x', 'silver/b.txt');
      const files = await storage.list('silver/');
      expect(files.map(({ path, bytes }) => [path, bytes])).toEqual([
        ['silver/a/1', 10],
        ['silver/b.txt', 12],
        ['silver/b/10', 11],
        ['silver/b/2', 10],
      ]);
      expect(Math.abs(files[0].modifiedAt.getTime() - Date.now())).toBeLessThan(60_000);
    });

    it('takes the prefix as text, not as a folder', async () => {
      await put('silver/flights/1', 'silver/fleet', 'silver/gates');
      expect(await pathsOf('silver/fl')).toEqual(['silver/fleet', 'silver/flights/1']);
    });

    it('begins behind a path when one is given', async () => {
      await put('log/1', 'log/2', 'log/3');
      expect(await pathsOf('log/', 'log/1')).toEqual(['log/2', 'log/3']);
    });

    it('finds nothing where nothing is', async () => {
      expect([await storage.list(''), await storage.list('nothing/'), await storage.list('no')]).toEqual([[], [], []]);
    });

    it('names the folders directly below a folder', async () => {
      await put('silver/b/x/y', 'silver/a/1', 'silver/file', 'gold/g/1');
      expect([await storage.folders('silver'), await storage.folders(''), await storage.folders('bronze')]).toEqual([
        ['a', 'b'],
        ['gold', 'silver'],
        [],
      ]);
    });
  });

  describe('removing', () => {
    it('removes one file and no other', async () => {
      await put('a/1', 'a/2');
      await storage.remove('a/1');
      expect(await pathsOf('')).toEqual(['a/2']);
    });

    it('does not mind that there is nothing to remove', async () => {
      await storage.remove('never/was/here');
      expect(await pathsOf('')).toEqual([]);
    });
  });

  it('knows no path of a file elsewhere', () => {
    const elsewhere = ['file:///elsewhere/a', '/elsewhere/a', 's3://elsewhere/a', 'https://elsewhere/a', 'a/b'];
    expect(elsewhere.map((uri) => storage.pathOf(uri))).toEqual(elsewhere.map(() => undefined));
  });

  describe('staging', () => {
    it('gives everyone an empty folder of their own that is not listed', async () => {
      const [one, other] = await Promise.all([storage.stage(), storage.stage()]);
      await writeFile(join(one, 'x'), 'x');
      expect([await readdir(other), await pathsOf(''), await storage.folders('')]).toEqual([[], [], []]);
    });

    it('moves a staged file to its path', async () => {
      const staged = await aStagedFile('rows');
      await storage.adopt(staged, 'silver/flights/part-0.parquet');
      expect([await text('silver/flights/part-0.parquet'), await readdir(join(staged, '..'))]).toEqual(['rows', []]);
    });

    it('adopts in place of what was there', async () => {
      await put('a');
      await storage.adopt(await aStagedFile('new'), 'a');
      expect(await text('a')).toBe('new');
    });

    it('discards a folder with what is left in it, also twice', async () => {
      const staged = await aStagedFile('rows');
      await storage.discard(join(staged, '..'));
      await storage.discard(join(staged, '..'));
      await expect(readdir(join(staged, '..'))).rejects.toThrow('ENOENT');
    });

    it('gives a local file with the same bytes', async () => {
      await put('a/b');
      const local = await storage.localFile('a/b');
      await storage.adopt(await aStagedFile(''), 'c');
      expect(await readdir(join(local, '..'))).toContain('b');
    });
  });

  describe.each(['../x', '/etc/passwd', 'a/../../x', 'a/..', '..', '.', './a', 'a//b', 'a/', '', 'a\0b', '.staging/x'])(
    'the path %p',
    (path) => {
      it('is refused everywhere', async () => {
        const staged = await aStagedFile('rows');
        const calls = [
          () => storage.read(path),
          () => storage.readRange(path, 0, 1),
          () => storage.write(path, Buffer.from('x')),
          () => storage.create(path, Buffer.from('x')),
          () => storage.exists(path),
          () => storage.remove(path),
          () => storage.adopt(staged, path),
          () => storage.localFile(path),
        ];
        for (const call of calls) await expect(call()).rejects.toThrow(PathOutsideStorageError);
      });
    },
  );

  it.each(['../', '/etc/', 'a/../../'])('lists nothing outside: %p is refused', async (prefix) => {
    await expect(storage.list(prefix)).rejects.toThrow(PathOutsideStorageError);
    await expect(storage.folders(prefix)).rejects.toThrow(PathOutsideStorageError);
  });

  it('discards nothing but what it staged', async () => {
    await put('a/b');
    await expect(storage.discard(join(await storage.localFile('a/b'), '..'))).rejects.toThrow(PathOutsideStorageError);
    expect(await pathsOf('')).toEqual(['a/b']);
  });
}
