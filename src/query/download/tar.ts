const BLOCK = 512;
const MOST_NAME_BYTES = 100;
/** Eleven octal digits. */
const MOST_FILE_BYTES = 8 ** 11 - 1;

export interface TarEntry {
  /** With `/` between its parts. */
  readonly name: string;
  readonly bytes: number;
  readonly modifiedAt: Date;
  /** Exactly so many bytes. */
  read(): AsyncIterable<Uint8Array>;
}

/** An archive as POSIX.1-2001 has it (pax), written as its entries come. */
export async function* toTar(entries: AsyncIterable<TarEntry>): AsyncGenerator<Uint8Array> {
  for await (const entry of entries) {
    yield* extended(entry);
    yield header({ ...entry, kind: '0' });
    yield* entry.read();
    yield padding(entry.bytes);
  }
  yield Buffer.alloc(2 * BLOCK);
}

/** What the header of old has no room for stands in an entry of its own before it. */
function* extended({ name, bytes, modifiedAt }: TarEntry): Generator<Uint8Array> {
  const records = [
    ...(Buffer.byteLength(name) > MOST_NAME_BYTES || /[^\x20-\x7e]/.test(name) ? [record('path', name)] : []),
    ...(bytes > MOST_FILE_BYTES ? [record('size', String(bytes))] : []),
  ];
  if (records.length === 0) return;
  const content = Buffer.from(records.join(''));
  yield header({ name: 'PaxHeader', bytes: content.length, modifiedAt, kind: 'x' });
  yield content;
  yield padding(content.length);
}

/** `<length> key=value\n`, where the length counts its own digits. */
function record(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  const length = Buffer.byteLength(rest);
  const digits = String(length + String(length).length).length;
  return `${length + digits}${rest}`;
}

function header({ name, bytes, modifiedAt, kind }: Omit<TarEntry, 'read'> & { readonly kind: '0' | 'x' }): Uint8Array {
  const block = Buffer.alloc(BLOCK);
  const octal = (value: number, at: number, digits: number): void =>
    void block.write(`${value.toString(8).padStart(digits, '0')}\0`, at, 'ascii');
  Buffer.from(name).copy(block, 0, 0, MOST_NAME_BYTES);
  octal(0o644, 100, 7);
  octal(0, 108, 7);
  octal(0, 116, 7);
  octal(bytes > MOST_FILE_BYTES ? 0 : bytes, 124, 11);
  octal(Math.max(0, Math.floor(modifiedAt.getTime() / 1000)), 136, 11);
  block.write(' '.repeat(8), 148, 'ascii');
  block.write(`${kind}`, 156, 'ascii');
  block.write('ustar\x0000', 257, 'ascii');
  octal(
    block.reduce((sum, byte) => sum + byte, 0),
    148,
    6,
  );
  block.write(' ', 155, 'ascii');
  return block;
}

const padding = (bytes: number): Uint8Array => Buffer.alloc((BLOCK - (bytes % BLOCK)) % BLOCK);
