import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import * as zlib from 'node:zlib';

const gzip = promisify(zlib.gzip);
/** What fits into one packet gains nothing. */
const WORTH_COMPRESSING_BYTES = 1400;
const LENGTH_BYTES = 4;

/** The bytes of an answer that many ask for, with their mark, and compressed where that is worth its time. */
export class ReadyAnswer {
  private constructor(
    readonly body: Buffer,
    /** The same for the same bytes in every process. Weak, because it stands for both encodings. */
    readonly etag: string,
    private readonly compress: (() => Buffer | Promise<Buffer>) | undefined,
  ) {}

  /** Compressed at the first wish, and kept. */
  static of(body: Buffer): ReadyAnswer {
    let compressed: Promise<Buffer> | undefined;
    const isWorthIt = body.length >= WORTH_COMPRESSING_BYTES;
    return new ReadyAnswer(body, etagOf(body), isWorthIt ? () => (compressed ??= gzip(body)) : undefined);
  }

  /** Goes out as it is. */
  static plain(body: Buffer): ReadyAnswer {
    return new ReadyAnswer(body, etagOf(body), undefined);
  }

  /** @param packed by {@link pack}; the answer is windows on it */
  static unpack(packed: Buffer): ReadyAnswer {
    const etagEnd = 1 + packed[0];
    const start = etagEnd + LENGTH_BYTES;
    const end = start + packed.readUInt32LE(etagEnd);
    const compress = end > start ? () => packed.subarray(start, end) : undefined;
    return new ReadyAnswer(packed.subarray(end), packed.toString('latin1', 1, etagEnd), compress);
  }

  /** Everything as one piece: the length of the mark and the mark, the length of the compressed bytes and those, the bytes. */
  async pack(): Promise<Buffer> {
    const compressed = (await this.gzipped()) ?? Buffer.alloc(0);
    const length = Buffer.alloc(LENGTH_BYTES);
    length.writeUInt32LE(compressed.length);
    return Buffer.concat([Buffer.of(this.etag.length), Buffer.from(this.etag, 'latin1'), length, compressed, this.body]);
  }

  /** @returns undefined when it goes out as it is */
  gzipped(): Buffer | Promise<Buffer> | undefined {
    return this.compress?.();
  }
}

const etagOf = (body: Buffer): string => `W/"${createHash('sha256').update(body).digest('base64url')}"`;
