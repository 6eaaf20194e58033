import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { ExpandsTooFarError } from '../etl.errors.js';
import { isEncoding, receivedText } from './received-text.js';

const MEBIBYTE = 1024 * 1024;
const TEXT = 'name\nÉvora €\n';

describe('receivedText', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lab-text-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const read = async (bytes: Buffer, encoding = 'utf-8'): Promise<string> => {
    const file = join(folder, 'file');
    await writeFile(file, bytes);
    const { pieces } = await receivedText(file, { encoding, signal: new AbortController().signal });
    return Buffer.concat(await Array.fromAsync(pieces)).toString();
  };

  const swapped = (text: string): Buffer => Buffer.from(text, 'utf16le').swap16();

  it.each<[string, Buffer, string]>([
    ['UTF-8', Buffer.from(TEXT), 'utf-8'],
    ['UTF-8 with a byte order mark', Buffer.from(`\uFEFF${TEXT}`), 'utf-8'],
    ['UTF-16, little end first', Buffer.from(TEXT, 'utf16le'), 'utf-16le'],
    ['UTF-16, big end first', swapped(TEXT), 'utf-16be'],
    ['UTF-16 that says so itself', Buffer.from(`\uFEFF${TEXT}`, 'utf16le'), 'utf-8'],
    ['UTF-16 that says so itself, the other way round', swapped(`\uFEFF${TEXT}`), 'utf-8'],
    ['windows-1252', Buffer.from([...Buffer.from('name\n'), 0xc9, ...Buffer.from('vora '), 0x80, 0x0a]), 'windows-1252'],
    ['gzip', gzipSync(TEXT), 'utf-8'],
    ['gzip of several files', Buffer.concat([gzipSync('name\n'), gzipSync('Évora €\n')]), 'utf-8'],
    ['zstd', zstdCompressSync(TEXT), 'utf-8'],
    ['zstd of several frames', Buffer.concat([zstdCompressSync('name\n'), zstdCompressSync('Évora €\n')]), 'utf-8'],
  ])('reads %s', async (_what, bytes, encoding) => {
    expect(await read(bytes, encoding)).toBe(TEXT);
  });

  it('reads nothing from nothing', async () => {
    expect(await read(Buffer.alloc(0))).toBe('');
  });

  it.each([
    ['gzip that ends too early', gzipSync(TEXT.repeat(100)).subarray(0, -12), 'unexpected end of file'],
    ['zstd that ends too early', zstdCompressSync(TEXT.repeat(100)).subarray(0, -4), 'unexpected end of file'],
    ['gzip with something else behind it', Buffer.concat([gzipSync(TEXT), Buffer.from('a,b\n')]), 'incorrect header check'],
  ])('fails on %s', async (_what, bytes, message) => {
    await expect(read(bytes)).rejects.toThrow(message);
  });

  it('stops at a file that grows out of proportion', async () => {
    await expect(read(gzipSync(Buffer.alloc(100 * MEBIBYTE)))).rejects.toThrow(ExpandsTooFarError);
  });

  it('knows the encodings by their labels', () => {
    expect(['utf-8', 'latin1', 'ISO-8859-1', 'windows-1252', 'utf-16le', 'shift_jis', 'klingon', ''].map(isEncoding)).toEqual([
      true, true, true, true, true, true, false, false,
    ]); // prettier-ignore
  });
});
