import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BrokenSigningKeyError } from '../auth.errors.js';
import { signingKey } from './signing-key.js';

describe('the signing key', () => {
  let dataDir: string;
  beforeEach(async () => {
    dataDir = join(await mkdtemp(join(tmpdir(), 'signing-key-')), 'data');
  });
  afterEach(() => rm(join(dataDir, '..'), { recursive: true }));

  const keyOf = async (jwtSecret?: string): Promise<string> => (await signingKey({ jwtSecret, dataDir })).export().toString();

  it('is JWT_SECRET when that is set, and leaves no file', async () => {
    expect(await keyOf('a-secret-of-at-least-32-bytes-long')).toBe('a-secret-of-at-least-32-bytes-long');
    await expect(readdir(dataDir)).rejects.toThrow('ENOENT');
  });

  it('is made once and kept where only its owner reads it', async () => {
    const [first, second] = [await keyOf(), await keyOf()];
    expect([first.length, second]).toEqual([43, first]);
    expect((await stat(join(dataDir, 'jwt-secret'))).mode & 0o777).toBe(0o600);
  });

  it('is the same for all who start at the same time, and their drafts are gone', async () => {
    const keys = await Promise.all(Array.from({ length: 20 }, () => keyOf()));
    expect(new Set(keys).size).toBe(1);
    expect(await readdir(dataDir)).toEqual(['jwt-secret']);
  });

  it('is not guessed at when the file is broken', async () => {
    await keyOf();
    await writeFile(join(dataDir, 'jwt-secret'), 'short');
    await expect(keyOf()).rejects.toThrow(BrokenSigningKeyError);
    expect(await readFile(join(dataDir, 'jwt-secret'), 'utf8')).toBe('short');
  });
});
