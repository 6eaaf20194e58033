import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

const compress = promisify(gzip);
/** What fits into one packet gains nothing. */
const WORTH_COMPRESSING_BYTES = 1400;
const LENGTH_BYTES = 4;

/** The bytes of an answer that many ask for, with their mark; compressed at the first wish, and kept. */
export class ReadyAnswer {
  private constructor(
    readonly body: Buffer,
    /** The same for the same bytes in every process. Weak, because it stands for both encodings. */
    readonly etag: string,
    private compressed?: Buffer | Promise<Buffer>,
  ) {}

  static of(body: Buffer): ReadyAnswer {
    return new ReadyAnswer(body, `W/"${createHash('sha256').update(body).digest('base64url')}"`);
  }

  /** @param packed by {@link pack}; the answer is windows on it */
  static unpack(packed: Buffer): ReadyAnswer {
    const etagEnd = 1 + packed[0];
    const start = etagEnd + LENGTH_BYTES;
    const end = start + packed.readUInt32LE(etagEnd);
    const compressed = end > start ? packed.subarray(start, end) : undefined;
    return new ReadyAnswer(packed.subarray(end), packed.toString('latin1', 1, etagEnd), compressed);
  }

  /** Everything as one piece: the length of the mark and the mark, the length of the compressed bytes and those, the bytes. */
  async pack(): Promise<Buffer> {
    const compressed = this.isWorthCompressing ? await this.gzipped() : Buffer.alloc(0);
    const length = Buffer.alloc(LENGTH_BYTES);
    length.writeUInt32LE(compressed.length);
    return Buffer.concat([Buffer.of(this.etag.length), Buffer.from(this.etag, 'latin1'), length, compressed, this.body]);
  }

  get isWorthCompressing(): boolean {
    return this.body.length >= WORTH_COMPRESSING_BYTES;
  }

  gzipped(): Buffer | Promise<Buffer> {
    this.compressed ??= compress(this.body);
    return this.compressed;
  }
}
