import { Test } from '@nestjs/testing';
import { keepsStreamContract } from '../../../test/contracts/stream.contract.js';
import { openTestDatabase, testDatabaseModules } from '../../../test/fixtures/postgres.js';
import { EmbeddedStream } from './embedded.stream.js';

describe('EmbeddedStream', () => {
  let database: { url: string; close(): Promise<void> };
  beforeAll(async () => {
    database = await openTestDatabase();
    await (await Test.createTestingModule({ imports: testDatabaseModules(database.url) }).compile()).close();
  });
  afterAll(() => database.close());

  describe('keeps the contract', () =>
    keepsStreamContract({
      open: async () => new EmbeddedStream(database.url),
      trim: async (log, topic) => {
        await log.ensureTopic({ name: topic, partitions: 4, bytes: 1 });
        await (log as EmbeddedStream).sweep();
      },
    }));
});
