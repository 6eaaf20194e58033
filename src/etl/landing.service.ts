import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { basename, join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Inject, Injectable } from '@nestjs/common';
import { LakeStorage } from '../engines/storage/storage.port.js';

/** A file as it was received. */
export interface LandedFile {
  /** In the lake: `landing/<source>/<sha256>/<name that it first came with>`. */
  readonly path: string;
  readonly name: string;
  /** Of the bytes, in hexadecimal: the same bytes are the same file, whatever their name. */
  readonly sha256: string;
  readonly bytes: number;
}

/** Keeps what comes in byte for byte, so that every row can be traced to where it came from. */
@Injectable()
export class LandingService {
  constructor(@Inject(LakeStorage) private readonly storage: LakeStorage) {}

  /** Copies a file into the lake while it is hashed; bytes that have landed before are not kept twice. */
  async land(source: string, file: string, signal: AbortSignal): Promise<LandedFile> {
    const folder = await this.storage.stage();
    try {
      const copy = join(folder, 'file');
      const { sha256, bytes } = await copyAndHash(file, copy, signal);
      const name = basename(file);
      const landing = `landing/${source}/${sha256}/`;
      const [before] = await this.storage.list(landing);
      if (!before) await this.storage.adopt(copy, `${landing}${name}`);
      return { path: before?.path ?? `${landing}${name}`, name, sha256, bytes };
    } finally {
      await this.storage.discard(folder);
    }
  }
}

async function copyAndHash(file: string, copy: string, signal: AbortSignal): Promise<{ sha256: string; bytes: number }> {
  const hash = createHash('sha256');
  let bytes = 0;
  const measure = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      bytes += chunk.length;
      done(null, chunk);
    },
  });
  await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), measure, createWriteStream(copy), { signal });
  return { sha256: hash.digest('hex'), bytes };
}
