import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { keepsStorageContract } from '../../../test/contracts/storage.contract.js';
import { LocalStorage } from './local.storage.js';
import { PathOutsideStorageError } from './storage.errors.js';

describe('LocalStorage', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'storage-')));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const open = () => LocalStorage.open(join(folder, 'data/lake'));
  const lake = (...parts: string[]) => join(folder, 'data/lake', ...parts);

  describe('keeps the contract', () => keepsStorageContract(open));

  it('makes its folder, and finds everything again when it is opened once more', async () => {
    await (await open()).write('a/b', Buffer.from('kept'));
    expect(String(await (await open()).read('a/b'))).toBe('kept');
  });

  it.each(['file:', 'file://', 'file://localhost', ''])('knows its files by their place behind "%s"', async (scheme) => {
    await symlink(folder, `${folder}-link`);
    try {
      const storage = await LocalStorage.open(join(`${folder}-link`, 'data/lake'));
      const uris = [lake('a #?%', 'b'), `${lake('a')}//./x/../b`, join(`${folder}-link`, 'data/lake/c'), lake('..', 'b'), lake()];
      expect(uris.map((uri) => storage.pathOf(scheme + uri))).toEqual(['a #?%/b', 'a/b', 'c', undefined, undefined]);
    } finally {
      await rm(`${folder}-link`);
    }
  });

  it('leaves no temporary file behind, not even that of a lost race', async () => {
    const storage = await open();
    await storage.write('a', Buffer.from('1'));
    await storage.create('a', Buffer.from('2'));
    await expect(storage.write('a/b', Buffer.from('below a file'))).rejects.toThrow('ENOTDIR');
    expect(await readdir(lake('.staging'))).toEqual([]);
  });

  it('makes a folder again that somebody removed', async () => {
    const storage = await open();
    await storage.write('a/b/1', Buffer.from('1'));
    await rm(lake('a'), { recursive: true });
    await storage.write('a/b/2', Buffer.from('2'));
    expect((await storage.list('')).map(({ path }) => path)).toEqual(['a/b/2']);
    await rm(lake('a'), { recursive: true });
    await storage.write('a/c/3', Buffer.from('3'));
    expect((await storage.list('')).map(({ path }) => path)).toEqual(['a/c/3']);
  });

  it('makes a folder where a file was in the way, once it is gone', async () => {
    const storage = await open();
    await writeFile(lake('a'), 'in the way');
    await expect(storage.write('a/b/1', Buffer.from('1'))).rejects.toThrow('ENOTDIR');
    await rm(lake('a'));
    await storage.write('a/b/1', Buffer.from('1'));
    expect(String(await storage.read('a/b/1'))).toBe('1');
  });

  describe('links', () => {
    it('may stand above the root', async () => {
      await mkdir(join(folder, 'real'));
      await symlink(join(folder, 'real'), join(folder, 'data'));
      await (await open()).write('a', Buffer.from('1'));
      expect(await readFile(join(folder, 'real/lake/a'), 'utf8')).toBe('1');
    });

    it('do not lead out of it, neither as a file nor as a folder', async () => {
      await writeFile(join(folder, 'secret'), 'secret');
      const storage = await open();
      await symlink(join(folder, 'secret'), lake('link'));
      await symlink(folder, lake('out'));
      const calls = [
        () => storage.read('link'),
        () => storage.read('out/secret'),
        () => storage.exists('out/secret'),
        () => storage.remove('out/secret'),
        () => storage.write('out/x', Buffer.from('x')),
        () => storage.create('out/new/x', Buffer.from('x')),
      ];
      for (const call of calls) await expect(call()).rejects.toThrow(PathOutsideStorageError);
      expect((await readdir(folder)).sort()).toEqual(['data', 'secret']);
    });

    it('are not listed', async () => {
      const storage = await open();
      await symlink(folder, lake('out'));
      expect([await storage.list(''), await storage.folders('')]).toEqual([[], []]);
      await expect(storage.list('out/')).rejects.toThrow(PathOutsideStorageError);
    });
  });

  describe('left-overs of staging', () => {
    const left = async (name: string, age = 0) => {
      await mkdir(lake('.staging', name), { recursive: true });
      await writeFile(lake('.staging', name, 'part.parquet'), 'rows');
      const time = Date.now() / 1000 - age;
      await utimes(lake('.staging', name), time, time);
    };
    const remaining = async () => {
      await open();
      return readdir(lake('.staging'));
    };
    const here = hostname();
    const DAY = 86_400;

    it('are removed when their process is dead', async () => {
      const dead = execFileSync(process.execPath, ['-e', 'console.log(process.pid)'], { encoding: 'utf8' }).trim();
      await left(`${here}~${dead}~one`);
      expect(await remaining()).toEqual([]);
    });

    it('are left to another process that lives', async () => {
      await left(`${here}~${process.ppid}~one`);
      expect(await remaining()).toEqual([`${here}~${process.ppid}~one`]);
    });

    it('are left to another storage of this process', async () => {
      const staged = await (await open()).stage();
      expect(await remaining()).toEqual([basename(staged)]);
    });

    it('are removed when a process before this one had the same number', async () => {
      await left(`${here}~${process.pid}~one`, process.uptime() + 10);
      expect(await remaining()).toEqual([]);
    });

    it('of another machine are removed when they were not touched for a day', async () => {
      await left('elsewhere~1~new');
      await left('elsewhere~1~old', DAY + 60);
      expect(await remaining()).toEqual(['elsewhere~1~new']);
    });

    it('are only those that it made: what else lies there stays', async () => {
      await left('notes', 2 * DAY);
      expect(await remaining()).toEqual(['notes']);
    });
  });
});
