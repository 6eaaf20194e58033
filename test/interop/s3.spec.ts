import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { S3Storage } from '../../src/engines/storage/s3.storage.js';
import { keepsStorageContract } from '../contracts/storage.contract.js';
import { S3Server } from './servers/s3-server.js';

const CACHE = { mostBytes: 1e9, heldMs: 60_000 };

describe('files in S3', () => {
  let server: S3Server;
  let folder: string;
  let buckets = 0;
  beforeAll(async () => {
    server = await S3Server.start();
    folder = await mkdtemp(join(tmpdir(), 'lab-s3-'));
  }, 600_000);
  afterAll(async () => {
    await server?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const open = (prefix = ''): Promise<S3Storage> =>
    S3Storage.open(server.config(`lab-${++buckets}`, prefix), { folder: join(folder, `${buckets}`), cache: CACHE });

  describe('keep the contract', () => keepsStorageContract(() => open('a/prefix')));
});
