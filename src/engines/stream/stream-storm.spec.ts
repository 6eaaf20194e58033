import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { aMessage, aName, commitAll, GroupReader, until } from '../../../test/contracts/stream-tools.js';
import { testDatabaseModules } from '../../../test/fixtures/postgres.js';
import { EmbeddedPostgres } from '../database/embedded/embedded-postgres.js';
import { EmbeddedStream } from './embedded.stream.js';
import { StreamAwayError } from './stream.errors.js';

describe('EmbeddedStream, when PostgreSQL is killed', () => {
  let folder: string;
  let server: EmbeddedPostgres;
  let log: EmbeddedStream;
  beforeAll(async () => {
    Logger.overrideLogger(false);
    folder = await mkdtemp(join(tmpdir(), 'lab-stream-'));
    await chmod(folder, 0o755);
    server = await EmbeddedPostgres.start(join(folder, 'postgres'));
    server.keepRunning();
    await (await Test.createTestingModule({ imports: testDatabaseModules(server.url) }).compile()).close();
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
