import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import type { S3Config } from '../../config/lab-config.js';
import { FileCache, type FileCacheLimits } from './file-cache.js';
import { S3Bucket } from './s3/s3-bucket.js';
import { StagingArea } from './staging-area.js';
import { FileNotFoundError, StorageRefusedError, UnsafeStorageError } from './storage.errors.js';
import { Storage, type StoredFile } from './storage.port.js';
import { checkPath, checkPrefix, pathBelow, STAGING } from './storage-path.js';

const PROBES = '.probes';
/** Nobody writes one file for so long. */
const LEFT_BEHIND_MS = 7 * 86_400_000;

export interface S3StorageOptions {
  /** Of this machine, for what is staged and what engines read. */
  readonly folder: string;
  readonly cache: FileCacheLimits;
  /** Between two attempts at what the network or the service breaks off. */
  readonly longestPauseMs?: number;
}

/**
 * Files in a bucket of S3, or of a service that speaks like it. Engines read copies on this machine, which are taken once: a
 * file that an engine reads is never written anew under its path by somebody else.
 */
export class S3Storage extends Storage {
  private constructor(
    private readonly bucket: S3Bucket,
    private readonly staging: StagingArea,
    private readonly cache: FileCache,
  ) {
    super();
  }

  /**
   * Makes the bucket when it is not there and may be made, and looks whether it keeps two writers apart.
   * @throws {StorageAwayError} {StorageRefusedError} {BucketMissingError} {UnsafeStorageError}
   */
  static async open(config: S3Config, { folder, cache, longestPauseMs }: S3StorageOptions): Promise<S3Storage> {
    const bucket = new S3Bucket(config, longestPauseMs);
    await bucket.ensure();
    await probe(bucket);
    const staging = await StagingArea.open(join(folder, STAGING));
    const storage = new S3Storage(bucket, staging, await FileCache.open(staging.lastingPath(), cache));
    await storage.removeLeftOvers(new Date(Date.now() - LEFT_BEHIND_MS));
    return storage;
  }

  async read(path: string): Promise<Buffer> {
    checkPath(path);
    return found(path, await this.bucket.get(path));
  }

  async readRange(path: string, start: number, end: number): Promise<Buffer> {
    checkPath(path);
    if (end <= start) return found(path, (await this.bucket.exists(path)) ? Buffer.alloc(0) : undefined);
    return found(path, await this.bucket.get(path, [start, end]));
  }

  async write(path: string, bytes: Buffer): Promise<void> {
    checkPath(path);
    await this.bucket.put(path, bytes);
    await this.cache.forget(path);
  }

  create(path: string, bytes: Buffer): Promise<boolean> {
    return within(path, () => this.bucket.create(path, bytes));
  }

  async list(prefix: string, after?: string): Promise<StoredFile[]> {
    checkPrefix(prefix);
    const objects = await this.bucket.list(prefix, after);
    return objects
      .filter(({ key }) => !key.startsWith(`${PROBES}/`) && (after === undefined || key > after))
      .map(({ key, bytes, modifiedAt }) => ({ path: key, bytes, modifiedAt }))
      .sort((one, other) => (one.path < other.path ? -1 : 1));
  }

  async folders(folder: string): Promise<string[]> {
    if (folder) checkPath(folder);
    const names = await this.bucket.folders(folder && `${folder}/`);
    return names.filter((name) => folder !== '' || name !== PROBES).sort();
  }

  exists(path: string): Promise<boolean> {
    return within(path, () => this.bucket.exists(path));
  }

  async remove(path: string): Promise<void> {
    checkPath(path);
    await this.bucket.remove(path);
    await this.cache.forget(path);
  }

  stage(): Promise<string> {
    return this.staging.stage();
  }

  discard(folder: string): Promise<void> {
    return this.staging.discard(folder);
  }

  /** What was written here is read here next: a copy stays, so that it need not be fetched. One that cannot stay does no harm. */
  async adopt(localFile: string, path: string): Promise<void> {
    checkPath(path);
    await this.bucket.upload(path, localFile);
    await this.cache.keep(path, localFile).catch((error: unknown) => {
      new Logger(S3Storage.name).warn(`No copy of ${path} stays here: ${String(error)}`);
    });
    await rm(localFile, { force: true });
  }

  /** A service may know no such thing, or not let us: then it stays, and the work goes on. */
  async removeUnfinished(prefix: string, before: Date): Promise<number> {
    checkPrefix(prefix);
    return this.bucket.abortUploads(prefix, before).catch((error: unknown) => {
      if (!(error instanceof StorageRefusedError)) throw error;
      new Logger(S3Storage.name).warn(`Unfinished uploads stay: ${error.message}`);
      return 0;
    });
  }

  pathOf(uri: string): string | undefined {
    const { bucket, prefix } = this.bucket.config;
    // As Hadoop calls what speaks like S3.
    const [, location] = /^s3[an]?:\/\/(.+)$/is.exec(uri) ?? [];
    return location === undefined ? undefined : pathBelow([prefix ? `${bucket}/${prefix}` : bucket], location);
  }

  async localFile(path: string): Promise<string> {
    checkPath(path);
    const fetch = async (target: string): Promise<boolean> => (await this.bucket.download(path, target)) !== undefined;
    return found(path, await this.cache.file(path, fetch));
  }

  /** Of processes that died long ago, wherever they ran. */
  private async removeLeftOvers(before: Date): Promise<void> {
    await this.removeUnfinished('', before);
    for (const { key, modifiedAt } of await this.bucket.list(`${PROBES}/`)) {
      if (modifiedAt < before) await this.bucket.remove(key);
    }
  }
}

/** Nothing but a second writer who is refused tells that the second writer is refused. */
async function probe(bucket: S3Bucket): Promise<void> {
  const key = `${PROBES}/${randomUUID()}`;
  const first = await bucket.create(key, Buffer.from('first'));
  const second = await bucket.create(key, Buffer.from('second'));
  await bucket.remove(key);
  if (!first || second) throw new UnsafeStorageError(bucket.where);
}

async function within<T>(path: string, act: () => Promise<T>): Promise<T> {
  checkPath(path);
  return act();
}

function found<T>(path: string, value: T | undefined): T {
  if (value === undefined) throw new FileNotFoundError(path);
  return value;
}
