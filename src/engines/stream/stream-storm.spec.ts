import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { aMessage, aName, commitAll, GroupReader, until } from '../../../test/contracts/stream-tools.js';
import { openTestDatabase, testDatabaseModules } from '../../../test/fixtures/postgres.js';
import { streamStorm } from '../../../test/fixtures/stream-storm.js';
import { seededUniform } from '../../../test/fixtures/training-set.js';
import { EmbeddedPostgres } from '../database/embedded/embedded-postgres.js';
import { EmbeddedStream } from './embedded.stream.js';
import { StreamAwayError } from './stream.errors.js';

describe('EmbeddedStream, when PostgreSQL is killed', () => {
  let folder: string;
  let server: EmbeddedPostgres;
  let log: EmbeddedStream;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lab-stream-'));
    await chmod(folder, 0o755);
    server = await EmbeddedPostgres.start(join(folder, 'postgres'));
    server.keepRunning();
    await (await Test.createTestingModule({ imports: testDatabaseModules(server.url) }).compile()).close();
    Logger.overrideLogger(false);
    log = new EmbeddedStream(server.url);
  });
  afterAll(async () => {
    await log.close();
    await server.stop();
    await rm(folder, { recursive: true, force: true });
    Logger.overrideLogger(['warn', 'error']);
  });

  it('says so, keeps what it acknowledged, and its readers go on when it is back', async () => {
    const topic = aName();
    await log.ensureTopic({ name: topic, partitions: 2 });
    const reader = await GroupReader.open(log, { group: aName('group'), topics: [topic] }, commitAll);
    const [acknowledged, refusals]: [string[], unknown[]] = [[], []];
    let [writing, at] = [true, 0];
    const writer = (async () => {
      while (writing) {
        const value = `message ${at++}`;
        await log.append(topic, [aMessage({ key: value, value })]).then(
          () => acknowledged.push(value),
          (error: unknown) => refusals.push(error),
        );
      }
    })();
    await until('some messages', () => reader.messages.length > 20);
    process.kill(server.pid, 'SIGKILL');
    await until('a refusal', () => refusals.length > 0);
    const before = acknowledged.length;
    await until('more that is acknowledged', () => acknowledged.length > before + 20);
    writing = false;
    await writer;
    await until('all of it delivered', () => new Set(acknowledged).difference(new Set(reader.texts)).size === 0);
    await until('no trouble', () => reader.subscription.trouble === undefined);
    expect(refusals.every((error) => error instanceof StreamAwayError)).toBe(true);
    await reader.subscription.close();
  });
});

describe('EmbeddedStream, when the processes that use it are killed and frozen', () => {
  it('has every acknowledged message, and its readers each of them once', async () => {
    const database = await openTestDatabase();
    await (await Test.createTestingModule({ imports: testDatabaseModules(database.url) }).compile()).close();
    const log = new EmbeddedStream(database.url);
    const { acknowledged, sunk, stored } = await streamStorm(log, database.url, 2, seededUniform(7));
    await log.close();
    await database.close();
    expect(acknowledged.difference(new Set(sunk)).size).toBe(0);
    expect([new Set(sunk).size, sunk.length]).toEqual([stored, stored]);
  });
});
