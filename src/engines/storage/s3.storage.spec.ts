import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import type { S3Config } from '../../config/lab-config.js';
import { S3Storage } from './s3.storage.js';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const refusal =
  (status: number, code: string): Answer =>
  (_request, response) =>
    void response
      .writeHead(status, { 'content-type': 'application/xml' })
      .end(`<Error><Code>${code}</Code><Message>${code} it says</Message></Error>`);
const agreed: Answer = (_request, response) => void response.writeHead(200).end();

describe('S3Storage', () => {
  let folder: string;
  let server: Server;
  let answer: Answer;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 's3-'));
    server = createServer((request, response) => request.resume().on('end', () => answer(request, response)));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await rm(folder, { recursive: true });
  });

  const open = (overrides: Partial<S3Config> = {}) => {
    const login = { accessKeyId: 'lab', secretAccessKey: 'a-long-secret' };
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const config = { url: 's3://lake', bucket: 'lake', prefix: '', region: 'us-east-1', pathStyle: true, endpoint, login };
    return S3Storage.open({ ...config, ...overrides }, { folder, cache: { mostBytes: 1e6, heldMs: 0 }, longestPauseMs: 20 });
  };

  /** On a service that keeps the second writer out, takes all that is written, and knows no unfinished uploads. */
  const openWhole = () => {
    let made = 0;
    answer = (request, response) => {
      if (request.url?.includes('uploads')) refusal(501, 'NotImplemented')(request, response);
      else if (request.method === 'PUT' && made++ === 1) refusal(412, 'PreconditionFailed')(request, response);
      else response.writeHead(200, { 'content-type': 'application/xml' }).end('<ListBucketResult/>');
    };
    return open();
  };

  it('refuses a service that lets a second writer take the place of the first', async () => {
    answer = agreed;
    await expect(open()).rejects.toMatchObject({ code: 'STORAGE_UNSAFE', message: expect.stringContaining('If-None-Match') });
  });

  it('says that the bucket is not there and may not be made', async () => {
    answer = (request, response) =>
      (request.method === 'HEAD' ? refusal(404, 'NotFound') : refusal(403, 'AccessDenied'))(request, response);
    await expect(open()).rejects.toMatchObject({
      code: 'BUCKET_MISSING',
      message: expect.stringMatching(/"lake".*AccessDenied/),
    });
  });

  it('says that it is not let in', async () => {
    answer = refusal(403, 'InvalidAccessKeyId');
    await expect(open()).rejects.toMatchObject({
      code: 'STORAGE_REFUSED',
      message: expect.stringMatching(/s3:\/\/lake .*AWS_ACCESS_KEY_ID/),
    });
  });

  it('says that nobody is there', async () => {
    await expect(open({ endpoint: 'http://127.0.0.1:1' })).rejects.toMatchObject({
      code: 'STORAGE_AWAY',
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });

  it('knows its files by the place of the bucket', async () => {
    answer = (request, response) => {
      if (request.method === 'PUT' && request.headers['if-none-match'] && probes++ > 0) {
        refusal(412, 'PreconditionFailed')(request, response);
      } else response.writeHead(200, { 'content-type': 'application/xml' }).end('<ListBucketResult/>');
    };
    let probes = 0;
    const storage = await open({ prefix: 'a/prefix' });
    const uris = ['s3://lake/a/prefix/x y', 's3a://lake/a/prefix/x', 's3://lake/a/prefix-2/x', 's3://lake-2/a/prefix/x'];
    expect(uris.map((uri) => storage.pathOf(uri))).toEqual(['x y', 'x', undefined, undefined]);
  });

  it('works on a service that knows no uploads in parts that are unfinished', async () => {
    const storage = await openWhole();
    expect(await storage.removeUnfinished('', new Date())).toBe(0);
  });

  it('has written a file though no copy of it can be kept here', async () => {
    const storage = await openWhole();
    const [cache] = (await readdir(join(folder, '.staging'))).map((name) => join(folder, '.staging', name));
    await rm(cache!, { recursive: true });
    await writeFile(cache!, 'in the way');
    const staged = await storage.stage();
    await writeFile(join(staged, 'a'), 'rows');
    const warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    await storage.adopt(join(staged, 'a'), 'a.parquet').finally(() => warn.mockRestore());
    expect(await readdir(staged)).toEqual([]);
  });

  it.each([
    ['itself', true],
    ['somebody else', false],
    [undefined, false],
  ])('knows the winner of a race, %s, when the answers to its own attempts are lost each time', async (other, won) => {
    const storage = await openWhole();
    let writer: string | undefined;
    answer = (request, response) => {
      if (request.method === 'HEAD') {
        response.writeHead(writer ? 200 : 404, writer === '?' ? {} : { 'x-amz-meta-writer': writer }).end();
        return;
      }
      writer = other === 'itself' ? String(request.headers['x-amz-meta-writer']) : (other ?? '?');
      request.socket.destroy();
    };
    expect(await storage.create('a', Buffer.from('1'))).toBe(won);
  });

  it('asks again when the service is too busy', async () => {
    let asked = 0;
    answer = (request, response) => (++asked < 6 ? refusal(503, 'SlowDown') : agreed)(request, response);
    await expect(open()).rejects.toMatchObject({ code: 'STORAGE_UNSAFE' });
    expect(asked).toBeGreaterThan(6);
  });
});
