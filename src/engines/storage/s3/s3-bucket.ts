import { randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import {
  AbortMultipartUploadCommand,
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  type GetObjectCommandOutput,
  HeadBucketCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  type ListMultipartUploadsCommandOutput,
  ListObjectsV2Command,
  type ListObjectsV2CommandOutput,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import type { S3Config } from '../../../config/lab-config.js';
import { BucketMissingError } from '../storage.errors.js';
import { withPatience } from './patience.js';
import { isAbsent, isBehindEnd, isTaken, s3Failure } from './s3-failure.js';

const PART_BYTES = 8 * 1024 * 1024;
const PARTS_AT_ONCE = 4;
const CONNECT_MS = 5_000;
/** Without a byte coming or going. */
const SILENT_MS = 20_000;
const SOCKETS = 64;
/** Of one request; around them are those of a whole call, which also reads what comes back. */
const ATTEMPTS = 3;
/** Who wrote an object: a writer whose answer was lost finds out by it that it was itself. */
const WRITER = 'writer';

export interface StoredObject {
  readonly key: string;
  readonly bytes: number;
  readonly modifiedAt: Date;
}

/** Objects below a prefix of a bucket. Keys are relative to the prefix. What the network breaks off is done again. */
export class S3Bucket {
  private readonly client: S3Client;
  private readonly bucket: string;
  private readonly prefix: string;

  /** @param longestPauseMs between two attempts at the same; a few seconds when absent */
  constructor(
    readonly config: S3Config,
    private readonly longestPauseMs?: number,
  ) {
    const { endpoint, region, login, pathStyle } = config;
    [this.bucket, this.prefix] = [config.bucket, config.prefix && `${config.prefix}/`];
    this.client = new S3Client({
      region,
      endpoint,
      forcePathStyle: pathStyle,
      credentials: login,
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      maxAttempts: ATTEMPTS,
      requestHandler: {
        connectionTimeout: CONNECT_MS,
        socketTimeout: SILENT_MS,
        httpAgent: { keepAlive: true, maxSockets: SOCKETS },
        httpsAgent: { keepAlive: true, maxSockets: SOCKETS },
      },
    });
  }

  /** `s3://bucket/prefix`, for people. */
  get where(): string {
    return this.config.url;
  }

  /** Makes the bucket when it is not there. @throws {BucketMissingError} when that is not allowed */
  async ensure(): Promise<void> {
    const there = await this.do('look for the bucket', () =>
      absentAsUndefined(this.client.send(new HeadBucketCommand({ Bucket: this.bucket }))),
    );
    if (there) return;
    try {
      await this.client.send(new CreateBucketCommand({ Bucket: this.bucket }));
    } catch (error) {
      if (isTaken(error)) return;
      throw new BucketMissingError(`The bucket "${this.bucket}"`, (error as Error).message);
    }
  }

  /** @param range first byte, and the first that is no longer wanted @returns undefined when it is not there */
  get(key: string, range?: readonly [number, number]): Promise<Buffer | undefined> {
    return this.do(`read "${key}"`, async () => {
      try {
        const found = await this.open(key, range && `bytes=${range[0]}-${range[1] - 1}`);
        return found && whole(await buffer(found.Body as Readable), found);
      } catch (error) {
        if (isBehindEnd(error)) return Buffer.alloc(0);
        throw error;
      }
    });
  }

  /** @returns its bytes; undefined when it is not there */
  download(key: string, file: string): Promise<number | undefined> {
    return this.do(`read "${key}"`, async () => {
      const found = await this.open(key);
      if (!found) return undefined;
      const target = createWriteStream(file);
      await pipeline(found.Body as Readable, target);
      if (target.bytesWritten !== found.ContentLength) throw new Error('the connection ended before the file did');
      return target.bytesWritten;
    });
  }

  put(key: string, body: Buffer): Promise<void> {
    return this.do(`write "${key}"`, async () => {
      await this.client.send(new PutObjectCommand({ Bucket: this.bucket, Key: this.prefix + key, Body: body }));
    });
  }

  /** In parts, several at once; nobody sees it before all are there. */
  async upload(key: string, file: string): Promise<void> {
    await this.do(`write "${key}"`, () =>
      new Upload({
        client: this.client,
        partSize: PART_BYTES,
        queueSize: PARTS_AT_ONCE,
        params: { Bucket: this.bucket, Key: this.prefix + key, Body: createReadStream(file) },
      }).done(),
    );
  }

  /** @returns whether it is ours that stands there now: of many racers exactly one gets true */
  create(key: string, body: Buffer): Promise<boolean> {
    const writer = randomUUID();
    const object = { Bucket: this.bucket, Key: this.prefix + key, Body: body, IfNoneMatch: '*', Metadata: { [WRITER]: writer } };
    const writerOf = async (): Promise<string | undefined> => {
      const standing = await this.head(key);
      return standing && (standing.Metadata?.[WRITER] ?? 'another program');
    };
    let sent = false;
    return this.do(`write "${key}"`, async () => {
      // The answer to an earlier attempt was lost: that it was us, or that it was somebody else. A service that says no before it
      // has read the whole request hangs up on it, so that its "no" may be lost each time.
      const standing = sent ? await writerOf() : undefined;
      if (standing !== undefined) return standing === writer;
      sent = true;
      try {
        await this.client.send(new PutObjectCommand(object));
        return true;
      } catch (error) {
        if (!isTaken(error)) throw error;
        return (await writerOf()) === writer;
      }
    });
  }

  async exists(key: string): Promise<boolean> {
    return (await this.do(`look for "${key}"`, () => this.head(key))) !== undefined;
  }

  remove(key: string): Promise<void> {
    return this.do(`remove "${key}"`, async () => {
      await absentAsUndefined(this.client.send(new DeleteObjectCommand({ Bucket: this.bucket, Key: this.prefix + key })));
    });
  }

  /** Gives up uploads in parts that began before a time and have not ended. @returns how many there were */
  async abortUploads(prefix: string, before: Date): Promise<number> {
    let aborted = 0;
    for await (const { Uploads = [] } of this.uploads(this.prefix + prefix)) {
      for (const { Key, UploadId, Initiated = new Date() } of Uploads) {
        if (Initiated >= before) continue;
        const upload = new AbortMultipartUploadCommand({ Bucket: this.bucket, Key, UploadId });
        await this.do('give up unfinished uploads', () => absentAsUndefined(this.client.send(upload)));
        aborted++;
      }
    }
    return aborted;
  }

  async list(prefix: string, after = ''): Promise<StoredObject[]> {
    const start = after > prefix ? this.prefix + after : undefined;
    const found: StoredObject[] = [];
    for await (const { Contents = [] } of this.pages({ Prefix: this.prefix + prefix, StartAfter: start })) {
      for (const { Key, Size = 0, LastModified = new Date(0) } of Contents) {
        found.push({ key: Key!.slice(this.prefix.length), bytes: Size, modifiedAt: LastModified });
      }
    }
    return found;
  }

  /** @param prefix ends with `/`, or is empty @returns what stands between it and the next `/` */
  async folders(prefix: string): Promise<string[]> {
    const found: string[] = [];
    for await (const { CommonPrefixes = [] } of this.pages({ Prefix: this.prefix + prefix, Delimiter: '/' })) {
      for (const { Prefix } of CommonPrefixes) found.push(Prefix!.slice(this.prefix.length + prefix.length, -1));
    }
    return found;
  }

  close(): void {
    this.client.destroy();
  }

  private async *pages(request: {
    Prefix: string;
    StartAfter?: string;
    Delimiter?: string;
  }): AsyncIterable<ListObjectsV2CommandOutput> {
    let token: string | undefined;
    do {
      const command = new ListObjectsV2Command({ ...request, Bucket: this.bucket, ContinuationToken: token });
      const page = await this.do('list its files', () => this.client.send(command));
      yield page;
      token = page.NextContinuationToken;
    } while (token);
  }

  private async *uploads(prefix: string): AsyncIterable<ListMultipartUploadsCommandOutput> {
    const request = { Bucket: this.bucket, Prefix: prefix };
    let page: ListMultipartUploadsCommandOutput | undefined;
    do {
      const { NextKeyMarker: KeyMarker, NextUploadIdMarker: UploadIdMarker } = page ?? {};
      const command = new ListMultipartUploadsCommand({ ...request, KeyMarker, UploadIdMarker });
      page = await this.do('list unfinished uploads', () => this.client.send(command));
      yield page;
    } while (page.IsTruncated);
  }

  private open(key: string, range?: string): Promise<GetObjectCommandOutput | undefined> {
    return absentAsUndefined(
      this.client.send(new GetObjectCommand({ Bucket: this.bucket, Key: this.prefix + key, Range: range })),
    );
  }

  private head(key: string) {
    return absentAsUndefined(this.client.send(new HeadObjectCommand({ Bucket: this.bucket, Key: this.prefix + key })));
  }

  private async do<T>(what: string, attempt: () => Promise<T>): Promise<T> {
    try {
      return await withPatience(attempt, this.longestPauseMs);
    } catch (error) {
      throw s3Failure(error, this.where, what);
    }
  }
}

async function absentAsUndefined<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

function whole(bytes: Buffer, { ContentLength }: GetObjectCommandOutput): Buffer {
  if (bytes.length !== ContentLength) throw new Error('the connection ended before the file did');
  return bytes;
}
