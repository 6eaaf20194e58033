import { isUtf8 } from 'node:buffer';
import { createReadStream, type ReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Readable, Transform } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { ExpandsTooFarError, UnreadableTextError } from '../etl.errors.js';

const CHUNK_BYTES = 256 * 1024;
/** A compressed file may grow to so many times its size, and to the floor in any case: beyond it is a bomb. */
const MOST_EXPANSION = 200;
const EXPANSION_FLOOR_BYTES = 64 * 1024 * 1024;

const REPLACEMENT = Buffer.from('\uFFFD');

export interface TextOptions {
  /** A label of the WHATWG Encoding Standard, such as `utf-8` or `windows-1252`. A byte order mark overrules it. */
  readonly encoding: string;
  readonly signal: AbortSignal;
  /** Called with the bytes of the file read so far, out of how many. */
  readonly onProgress?: (read: number, total: number) => void;
}

/** A file's text as UTF-8 without a byte order mark, in pieces. */
export interface ReceivedText {
  readonly pieces: AsyncIterable<Buffer>;
  readonly encoding: string;
  /** True for a part of the text in which the encoding was broken. */
  readonly isDamaged: (part: Buffer) => boolean;
}

/** True for a label that {@link receivedText} takes. */
export function isEncoding(label: string): boolean {
  try {
    return new TextDecoder(label).encoding !== '';
  } catch {
    return false;
  }
}

/** gzip and zstd are known by their first bytes, whatever the name of the file. */
export async function receivedText(file: string, options: TextOptions): Promise<ReceivedText> {
  const raw = await expanded(file, options);
  const { first, rest } = await headOf(raw);
  const encoding = markOf(first) ?? new TextDecoder(options.encoding).encoding;
  return encoding === 'utf-8'
    ? { pieces: withoutMark(rest), encoding, isDamaged: (part) => !isUtf8(part) }
    : { pieces: transcoded(rest, encoding), encoding, isDamaged: (part) => part.includes(REPLACEMENT) };
}

async function expanded(file: string, { signal, onProgress }: TextOptions): Promise<AsyncIterable<Buffer>> {
  const { magic, bytes } = await peek(file);
  let read = 0;
  const open = (start: number): ReadStream => {
    const source = createReadStream(file, { start, highWaterMark: CHUNK_BYTES, signal });
    source.on('data', (chunk) => onProgress?.((read += chunk.length), bytes)).pause();
    return source;
  };
  const expander = expanderFor(magic);
  return expander ? framesOf(bytes, open, expander) : (open(0) as AsyncIterable<Buffer>);
}

/** A zstd stream ends with its frame, and there may be more of them in a file, as there may be of gzip's members. */
async function* framesOf(
  bytes: number,
  open: (start: number) => ReadStream,
  newExpander: () => Expander,
): AsyncGenerator<Buffer> {
  const most = Math.max(EXPANSION_FLOOR_BYTES, bytes * MOST_EXPANSION);
  let [start, expanded] = [0, 0];
  while (start < bytes) {
    const source = open(start);
    const expander = newExpander();
    const closed = new Promise((resolve) => expander.once('close', resolve));
    // What goes wrong at the very end of the data is told after the last of it.
    expander.on('error', () => undefined);
    source.once('error', (error) => expander.destroy(error));
    source.pipe(expander);
    try {
      for await (const chunk of expander as AsyncIterable<Buffer>) {
        expanded += chunk.length;
        if (expanded > most) throw new ExpandsTooFarError(most);
        yield chunk;
      }
      await closed;
      if (expander.errored) throw expander.errored;
    } catch (error) {
      throw isOfData(error) ? new UnreadableTextError(`the compressed data is damaged: ${error.message}`) : error;
    } finally {
      source.destroy();
      expander.destroy();
    }
    start += expander.bytesWritten;
  }
}

async function peek(file: string): Promise<{ magic: Buffer; bytes: number }> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(4), 0, 4, 0);
    return { magic: buffer.subarray(0, bytesRead), bytes: (await handle.stat()).size };
  } finally {
    await handle.close();
  }
}

const isOfData = (error: unknown): error is Error =>
  /^(Z|ZSTD)_/.test((error as NodeJS.ErrnoException | undefined)?.code ?? '') ||
  (error as NodeJS.ErrnoException | undefined)?.code?.startsWith('ZSTD') === true;

type Expander = Transform & { readonly bytesWritten: number };

function expanderFor(magic: Buffer): (() => Expander) | undefined {
  if (magic.length >= 2 && magic.readUInt16BE() === 0x1f8b) return () => createGunzip({ chunkSize: CHUNK_BYTES });
  if (magic.length === 4 && magic.readUInt32BE() === 0x28b52ffd) return () => createZstdDecompress({ chunkSize: CHUNK_BYTES });
  return undefined;
}

/** Reads ahead until there are enough bytes for a byte order mark. */
async function headOf(source: AsyncIterable<Buffer>): Promise<{ first: Buffer; rest: AsyncIterable<Buffer> }> {
  const iterator = source[Symbol.asyncIterator]();
  let first = Buffer.alloc(0);
  while (first.length < 3) {
    const { value, done } = await iterator.next();
    if (done) break;
    first = Buffer.concat([first, value]);
  }
  async function* rest(): AsyncGenerator<Buffer> {
    try {
      yield first;
      for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
    } finally {
      (source as Partial<Readable>).destroy?.();
    }
  }
  return { first, rest: rest() };
}

function markOf(first: Buffer): string | undefined {
  if (first[0] === 0xef && first[1] === 0xbb && first[2] === 0xbf) return 'utf-8';
  if (first[0] === 0xff && first[1] === 0xfe) return 'utf-16le';
  if (first[0] === 0xfe && first[1] === 0xff) return 'utf-16be';
  return undefined;
}

async function* withoutMark(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let first = true;
  for await (const piece of pieces) {
    yield first && markOf(piece) === 'utf-8' ? piece.subarray(3) : piece;
    first = false;
  }
}

async function* transcoded(pieces: AsyncIterable<Buffer>, encoding: string): AsyncGenerator<Buffer> {
  const decoder = new TextDecoder(encoding);
  for await (const piece of pieces) yield Buffer.from(decoder.decode(piece, { stream: true }));
  yield Buffer.from(decoder.decode());
}
