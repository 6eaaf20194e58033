import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { basename, join } from 'node:path';
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Inject, Injectable } from '@nestjs/common';
import { LakeStorage } from '../engines/storage/storage.port.js';
import { InvalidFileNameError, LandedFileMissingError, UnreadableSourceError } from './etl.errors.js';

/** No dot, space or sign at the beginning, no separators, no control characters. */
const FILE_NAME = /^[\p{L}\p{N}][\p{L}\p{N}\p{M} ._()+-]{0,199}$/u;

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

  /**
   * Copies a file into the lake while it is hashed; bytes that have landed before are not kept twice.
   * @throws {UnreadableSourceError} when the machine does not let it be read
   */
  async land(source: string, file: string, signal: AbortSignal): Promise<LandedFile> {
    const name = basename(file);
    const content = createReadStream(file, { highWaterMark: 1 << 20 });
    let reason: string | undefined;
    content.once('error', (error: NodeJS.ErrnoException) => (reason = error.code ?? error.message));
    try {
      return await this.keep(source, name, content, { signal });
    } catch (error) {
      if (reason !== undefined && !signal.aborted) throw new UnreadableSourceError(source, name, `the system says ${reason}`);
      throw error;
    }
  }

  /**
   * Keeps what somebody sends. When it resolves the bytes are on the disk.
   * @param limit gets each chunk's size before it is kept, and throws when it is enough
   * @throws {InvalidFileNameError}
   */
  async receive(source: string, name: string, content: Readable, limit?: (bytes: number) => void): Promise<LandedFile> {
    if (!FILE_NAME.test(name)) throw new InvalidFileNameError(name);
    return this.keep(source, name, content, { limit });
  }

  /** @param path as {@link LandedFile.path} has it @throws {LandedFileMissingError} */
  async find(source: string, path: string): Promise<LandedFile> {
    const [file] = path.startsWith(`landing/${source}/`) ? await this.storage.list(path) : [];
    if (file?.path !== path) throw new LandedFileMissingError(source, path);
    const [sha256, name] = path.split('/').slice(-2);
    return { path, name, sha256, bytes: file.bytes };
  }

  private async keep(
    source: string,
    name: string,
    content: Readable,
    { signal, limit }: { signal?: AbortSignal; limit?: (bytes: number) => void },
  ): Promise<LandedFile> {
    const folder = await this.storage.stage();
    try {
      const copy = join(folder, 'file');
      const { sha256, bytes } = await copyAndHash(content, copy, { signal, limit });
      const landing = `landing/${source}/${sha256}/`;
      const [before] = await this.storage.list(landing);
      if (!before) await this.storage.adopt(copy, `${landing}${name}`);
      return { path: before?.path ?? `${landing}${name}`, name, sha256, bytes };
    } finally {
      await this.storage.discard(folder);
    }
  }
}

async function copyAndHash(
  content: Readable,
  copy: string,
  { signal, limit }: { signal?: AbortSignal; limit?: (bytes: number) => void },
): Promise<{ sha256: string; bytes: number }> {
  const hash = createHash('sha256');
  let bytes = 0;
  const measure = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      bytes += chunk.length;
      try {
        limit?.(bytes);
        done(null, chunk);
      } catch (error) {
        done(error as Error);
      }
    },
  });
  await pipeline(content, measure, createWriteStream(copy), { signal });
  return { sha256: hash.digest('hex'), bytes };
}
