import { inspect } from 'node:util';
import { jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { Kafka, logLevel } from 'kafkajs';
import type { KafkaConfig } from '../../src/config/lab-config.js';
import { KafkaStream } from '../../src/engines/stream/kafka.stream.js';
import { StreamAwayError } from '../../src/engines/stream/stream.errors.js';
import { keepsStreamContract } from '../contracts/stream.contract.js';
import { aName, commitAll, GroupReader, messagesOf, textOf, until } from '../contracts/stream-tools.js';
import { aLabFolder, Lab, removeFolder } from '../fixtures/lab.js';
import { aWorkspace } from '../fixtures/workspace.js';
import { KafkaServer } from './servers/kafka-server.js';

/** A broker takes 3 seconds to start, and ten times as long on a machine that is busy. */
jest.setTimeout(300_000);

let server: KafkaServer;
const open = (): Promise<KafkaStream> => KafkaStream.open({ brokers: [server.brokers], tls: false });

const told = { warn: jest.spyOn(Logger.prototype, 'warn'), log: jest.spyOn(Logger.prototype, 'log') };
beforeEach(() => {
  for (const spy of Object.values(told)) spy.mockReset().mockImplementation(() => undefined);
});

describe('KafkaStream', () => {
  beforeAll(async () => {
    server = await KafkaServer.start();
  });
  afterAll(() => server?.stop());

  describe('keeps the contract', () =>
    keepsStreamContract({ open, trim: (_log, topic, partition, before) => server.trim(topic, partition, before) }));
});

describe('KafkaStream, with what others compressed', () => {
  beforeAll(async () => {
    server = await KafkaServer.start();
  });
  afterAll(() => server?.stop());

  it.each(['gzip', 'snappy', 'lz4', 'zstd'])('reads %s', async (compression) => {
    const topic = aName();
    const admin = new Kafka({ brokers: [server.brokers], logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    // The broker compresses whatever comes.
    const configEntries = [{ name: 'compression.type', value: compression }];
    await admin.createTopics({ topics: [{ topic, numPartitions: 1, configEntries }] });
    await admin.disconnect();
    const log = await open();
    const texts = [
      ...messagesOf(500, (at) => `{"id":${at},"city":"São Paulo ${at % 7}"}`),
      ...messagesOf(1, () => 'x'.repeat(900_000)),
    ];
    await log.append(topic, texts);
    const read = await log.read({ topic, partition: 0, offset: 0, limit: 1000 });
    const reader = await GroupReader.open(log, { group: aName('group'), topics: [topic] }, commitAll);
    await until('all messages', () => reader.messages.length === texts.length);
    await log.close();
    for (const messages of [read, reader.messages]) {
      expect(messages.map(textOf).join('\n')).toBe(texts.map(({ value }) => String(value)).join('\n'));
    }
  });
});

describe('KafkaStream, with TLS and users', () => {
  const SECRET = 'a-long-secret';
  beforeAll(async () => {
    server = await KafkaServer.start({ tls: true, users: { lab: SECRET } });
  });
  afterAll(() => server?.stop());

  const openAs = (login: KafkaConfig['login'], caFile: string | undefined = server.authority): Promise<KafkaStream> =>
    KafkaStream.open({ brokers: [server.brokers], tls: true, caFile, login });

  it.each(['plain', 'scram-sha-256', 'scram-sha-512'] as const)('writes and reads as who he is, by %s', async (mechanism) => {
    const log = await openAs({ mechanism, username: 'lab', password: SECRET });
    try {
      const topic = aName();
      await log.ensureTopic({ name: topic, partitions: 2 });
      await log.append(topic, messagesOf(20));
      const reader = await GroupReader.open(log, { group: aName('group'), topics: [topic] }, commitAll);
      await until('twenty messages', () => reader.messages.length === 20);
    } finally {
      await log.close();
    }
  });

  it.each(['plain', 'scram-sha-512'] as const)(
    'says that a password is wrong, and never writes it down, by %s',
    async (mechanism) => {
      const log = await openAs({ mechanism, username: 'lab', password: 'wrong-secret' });
      const reader = await GroupReader.open(log, { group: aName('group'), topics: [aName()] });
      const refusals = await Promise.allSettled([log.ping(), log.append(aName(), messagesOf(1)), log.topics()]);
      const { trouble } = reader.subscription;
      await log.close();
      for (const refusal of refusals) expect(refusal).toMatchObject({ reason: expect.any(StreamAwayError) });
      expect(String(trouble)).toMatch(/authentication failed/i);
      const written = [
        ...refusals.map((refusal) => inspect(refusal, { depth: 10 })),
        inspect(trouble),
        inspect(told.warn.mock.calls),
      ];
      expect(written.join('\n')).not.toMatch(/wrong-secret|a-long-secret/);
      expect(told.warn).toHaveBeenCalledTimes(1);
    },
  );

  it('trusts no broker whose certificate nobody vouches for', async () => {
    const log = await KafkaStream.open({ brokers: [server.brokers], tls: true });
    await expect(log.ping()).rejects.toThrow(/self-signed certificate/);
    await log.close();
  });

  it('does not start with certificates that are none', async () => {
    const open = (caFile: string) => KafkaStream.open({ brokers: ['localhost:1'], tls: true, caFile });
    await expect(open('/no/such/file')).rejects.toThrow('KAFKA_CA_FILE: it cannot be read');
    await expect(open('package.json')).rejects.toThrow('KAFKA_CA_FILE: there is no certificate in it');
  });
});

describe('a lab with a Kafka', () => {
  let folder: string;
  let lab: Lab;
  beforeAll(async () => {
    folder = await aLabFolder();
    server = await KafkaServer.start({ tls: true, users: { lab: 'a-long-secret' } });
    await server.kill();
    lab = await Lab.start(folder, {
      WORKSPACE_DIR: await aWorkspace(folder),
      KAFKA_BROKERS: server.brokers,
      KAFKA_SSL: 'on',
      KAFKA_CA_FILE: server.authority,
      KAFKA_SASL_MECHANISM: 'scram-sha-512',
      KAFKA_USERNAME: 'lab',
      KAFKA_PASSWORD: 'a-long-secret',
    });
  });
  afterAll(async () => {
    await lab?.stop();
    await server?.stop();
    await removeFolder(folder);
  });

  it('starts without it, serves the rest and says what is missing, and finds it when it comes', async () => {
    const health = async () => (await lab.request('GET', '/health')).body;
    expect(await health()).toMatchObject({ status: 'degraded', parts: { stream: { status: 'degraded' } } });
    expect((await lab.request('GET', '/health/ready')).status).toBe(200);
    expect((await lab.request('GET', '/api/v1/books')).status).toBe(200);
    await server.startAgain();
    await until('health', async () => (await health()).parts.stream.status === 'healthy');
    expect(lab.printed).not.toContain('a-long-secret');
  });
});
