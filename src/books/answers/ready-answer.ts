import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

const compress = promisify(gzip);
/** What fits into one packet gains nothing. */
const WORTH_COMPRESSING_BYTES = 1400;

/** The bytes of an answer that many ask for, with their mark; compressed at the first wish, and kept. */
export class ReadyAnswer {
  /** The same for the same bytes in every process. Weak, because it stands for both encodings. */
  readonly etag: string;
  private compressed: Promise<Buffer> | undefined;

  constructor(readonly body: Buffer) {
    this.etag = `W/"${createHash('sha256').update(body).digest('base64url')}"`;
  }

  get isWorthCompressing(): boolean {
    return this.body.length >= WORTH_COMPRESSING_BYTES;
  }

  gzipped(): Promise<Buffer> {
    this.compressed ??= compress(this.body);
    return this.compressed;
  }
}
