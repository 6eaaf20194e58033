import { setTimeout as wait } from 'node:timers/promises';
import { jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { KafkaStream } from '../../src/engines/stream/kafka.stream.js';
import { aCluster, aKafka } from '../../src/engines/stream/kafka/kafka-client.js';
import {
  OffsetOutOfRangeError,
  StaleOwnerError,
  StreamAwayError,
  TopicNotFoundError,
} from '../../src/engines/stream/stream.errors.js';
import { aMessage, aName, commitAll, GroupReader, messagesOf, textOf, until } from '../contracts/stream-tools.js';
import { KafkaServer } from './servers/kafka-server.js';

/** A broker takes 3 seconds to start, and ten times as long on a machine that is busy. */
jest.setTimeout(600_000);

let server: KafkaServer;
let log: KafkaStream;
let topic: string;
let group: string;
const readers: GroupReader[] = [];
const open = (): Promise<KafkaStream> => KafkaStream.open({ brokers: [server.brokers], tls: false });

const told = { warn: jest.spyOn(Logger.prototype, 'warn'), log: jest.spyOn(Logger.prototype, 'log') };
beforeEach(async () => {
  for (const spy of Object.values(told)) spy.mockReset().mockImplementation(() => undefined);
  [topic, group] = [aName(), aName('group')];
  log = await open();
});
afterEach(async () => {
  await Promise.all(readers.splice(0).map(({ subscription }) => subscription.close()));
  await log.close();
});

const read = async (
  ...[from, plan, onBatch]: [KafkaStream, Partial<Parameters<typeof GroupReader.open>[1]>?, GroupReader['onBatch']?]
) => {
  const reader = await GroupReader.open(from, { group, topics: [topic], ...plan }, onBatch);
  readers.push(reader);
  return reader;
};
const everythingOf = async (partition = 0): Promise<string[]> => {
  const { begin } = (await log.ranges(topic)).find((range) => range.partition === partition)!;
  return (await log.read({ topic, partition, offset: begin, limit: 1_000_000 })).map(textOf);
};

/** First the sink, then the commit: one that got no answer may have been made all the same. */
const keepIn =
  (sink: Set<string>): GroupReader['onBatch'] =>
  async (batch, owner) => {
    for (const message of batch.messages) sink.add(textOf(message));
    await commitAll(batch, owner);
  };

/** Writes numbers, one after the other, and counts only what was acknowledged. What was not is never sent again. */
class Writer {
  readonly acknowledged: string[] = [];
  refused = 0;
  private isOver = false;
  private work = Promise.resolve();

  begin(): this {
    this.work = this.write();
    return this;
  }

  async end(): Promise<void> {
    this.isOver = true;
    await this.work;
  }

  private async write(): Promise<void> {
    for (let at = 0; !this.isOver; at += 10) {
      const values = Array.from({ length: 10 }, (_, place) => String(at + place));
      try {
        await log.append(
          topic,
          values.map((value) => aMessage({ key: value, value })),
        );
        this.acknowledged.push(...values);
      } catch (error) {
        if (!(error instanceof StreamAwayError)) throw error;
        this.refused++;
        await wait(50);
      }
    }
  }
}

beforeAll(async () => {
  server = await KafkaServer.start({ settings: { 'log.initial.task.delay.ms': '100' } });
});
afterAll(() => server?.stop());

describe('KafkaStream, with a broker that is away', () => {
  it('opens, says so once, and comes by itself to what it was asked for', async () => {
    await log.ensureTopic({ name: topic, partitions: 2 });
    await log.append(topic, messagesOf(3));
    await server.kill();
    const late = await open();
    try {
      const started = performance.now();
      const reader = await read(late);
      expect(reader.subscription.trouble).toBeInstanceOf(StreamAwayError);
      const refusals = await Promise.allSettled([
        late.ping(),
        late.append(topic, messagesOf(1)),
        late.topics(),
        late.lag(group),
        late.read({ topic, partition: 0, offset: 0, limit: 1 }),
        late.ensureTopic({ name: topic, partitions: 2 }),
      ]);
      for (const refusal of refusals) expect(refusal).toMatchObject({ reason: expect.any(StreamAwayError) });
      expect(refusals[0]).toMatchObject({ reason: { message: expect.stringContaining('ECONNREFUSED') } });
      expect(performance.now() - started).toBeLessThan(60_000);
      expect(told.warn).toHaveBeenCalledTimes(1);
      await server.startAgain();
      await until('three messages', () => reader.messages.length === 3, 60_000);
      await until('no trouble', () => reader.subscription.trouble === undefined);
      expect(told.log).toHaveBeenCalledTimes(1);
      await reader.subscription.close();
    } finally {
      await late.close();
    }
  });

  it('loses nothing that it acknowledged and doubles nothing, however often the broker is killed', async () => {
    await log.ensureTopic({ name: topic, partitions: 1 });
    const kept = new Set<string>();
    await read(log, {}, keepIn(kept));
    const writer = new Writer().begin();
    for (let kill = 0; kill < 3; kill++) {
      const before = writer.acknowledged.length;
      await until('more messages', () => writer.acknowledged.length > before + 100, 120_000);
      await server.kill();
      await server.startAgain();
    }
    await writer.end();
    const there = await everythingOf();
    expect(new Set(there).size).toBe(there.length);
    expect(there).toEqual(expect.arrayContaining(writer.acknowledged));
    await until('all of it to be read', () => kept.size === there.length, 60_000);
    await until('no lag', async () => (await log.lag(group, [topic]))[0].lag === 0);
    expect(writer.refused).toBeGreaterThan(0);
  });

  it('waits for nobody that is frozen, and goes on with him when he moves again', async () => {
    await log.ensureTopic({ name: topic, partitions: 1 });
    const kept = new Set<string>();
    const reader = await read(log, {}, keepIn(kept));
    const writer = new Writer().begin();
    await until('some messages', () => reader.messages.length > 100, 60_000);
    server.freeze();
    try {
      await expect(log.ping()).rejects.toThrow(/does not answer \(no answer within 3 s\)/);
      await until('trouble', () => reader.subscription.trouble instanceof StreamAwayError);
      await until('a refusal', () => writer.refused > 0, 60_000);
    } finally {
      server.thaw();
    }
    const before = writer.acknowledged.length;
    await until('more messages', () => writer.acknowledged.length > before + 100, 120_000);
    await writer.end();
    const there = await everythingOf();
    expect(new Set(there).size).toBe(there.length);
    expect(there).toEqual(expect.arrayContaining(writer.acknowledged));
    await until('all of it to be read', () => kept.size === there.length, 60_000);
    await until('no trouble', () => reader.subscription.trouble === undefined);
  });
});

describe('KafkaStream, with readers in trouble', () => {
  it('goes on with the others when a topic is deleted under its reader, and with it when it is made again', async () => {
    const other = aName('other');
    for (const name of [topic, other]) await log.ensureTopic({ name, partitions: 2 });
    const reader = await read(log, { topics: [topic, other] }, commitAll);
    await log.append(topic, messagesOf(20));
    await until('twenty messages', () => reader.messages.length === 20);
    await log.deleteTopic(topic);
    await until('trouble', () => reader.subscription.trouble instanceof TopicNotFoundError);
    await log.append(
      other,
      messagesOf(5, (at) => `other ${at}`),
    );
    await until('what came to the other', () => reader.messages.length === 25, 60_000);
    await log.ensureTopic({ name: topic, partitions: 2 });
    await log.append(
      topic,
      messagesOf(5, (at) => `again ${at}`),
    );
    await until('what came to the one', () => reader.messages.length === 30, 60_000);
    expect(reader.subscription.trouble).toBeUndefined();
  });

  it('finds a topic that is made after its reader came', async () => {
    const reader = await read(log);
    await log.ensureTopic({ name: topic, partitions: 1 });
    await log.append(topic, messagesOf(3));
    await until('three messages', () => reader.messages.length === 3, 60_000);
  });

  it('finds partitions that are added', async () => {
    await log.ensureTopic({ name: topic, partitions: 1 });
    const reader = await read(log);
    await log.ensureTopic({ name: topic, partitions: 4 });
    await log.append(topic, messagesOf(50));
    await until('fifty messages', () => new Set(reader.texts).size === 50, 60_000);
    expect(new Set(reader.messages.map(({ partition }) => partition)).size).toBe(4);
  });

  it('shares the partitions among members, and lets no one commit that has lost them', async () => {
    await log.ensureTopic({ name: topic, partitions: 4 });
    await log.append(topic, messagesOf(100));
    const [first, second] = [log, await open()];
    try {
      const one = await read(first);
      await until('a hundred messages', () => one.messages.length === 100);
      const stale = [...new Map(one.owners.map((owner) => [owner.partition, owner])).values()];
      const two = await read(second, {}, commitAll);
      await until('two partitions', () => new Set(two.owners.map(({ partition }) => partition)).size === 2, 60_000);
      for (const owner of stale) {
        expect(owner.signal.aborted).toBe(true);
        await expect(owner.commit(1)).rejects.toThrow(StaleOwnerError);
      }
      await one.subscription.close();
      await until('all partitions', () => new Set(two.owners.map(({ partition }) => partition)).size === 4, 60_000);
      await until('no lag', async () => (await log.lag(group)).every(({ lag }) => lag === 0));
    } finally {
      await Promise.all(readers.splice(0).map(({ subscription }) => subscription.close()));
      await second.close();
    }
  });

  it('takes no commit of a member that Kafka has given up, though it does not know it yet', async () => {
    await log.ensureTopic({ name: topic, partitions: 1 });
    await log.append(topic, messagesOf(1));
    const going = Promise.withResolvers<void>();
    const reader = await read(log, {}, async (batch, owner) => {
      await expel();
      await commitAll(batch, owner).finally(going.resolve);
    });
    await going.promise;
    await until('trouble', () => reader.troubles.length > 0);
    expect(reader.troubles[0]).toBeInstanceOf(StaleOwnerError);
    expect((await log.lag(group, [topic]))[0].committed).toBeNull();
  });

  /** Leaves in the name of every member, as if its time were over. */
  const expel = async (): Promise<void> => {
    const cluster = aCluster(aKafka({ brokers: [server.brokers], tls: false }));
    await cluster.connect();
    await cluster.refreshMetadata();
    const coordinator = (await cluster.findGroupCoordinator({ groupId: group })) as unknown as {
      describeGroups(asked: { groupIds: string[] }): Promise<{ groups: { members: { memberId: string }[] }[] }>;
      leaveGroup(member: { groupId: string; memberId: string }): Promise<void>;
    };
    const [{ members }] = (await coordinator.describeGroups({ groupIds: [group] })).groups;
    for (const { memberId } of members) await coordinator.leaveGroup({ groupId: group, memberId });
    await cluster.disconnect();
  };

  it('tells a reader that retention has passed it, and skips nothing on its own', async () => {
    await log.ensureTopic({ name: topic, partitions: 1 });
    await log.append(topic, messagesOf(10));
    const reader = await read(log, {}, async ({ messages: [{ offset }] }, owner) => {
      await owner.commit(offset + 2);
      throw new Error('cannot be written');
    });
    await until('a commit', async () => (await log.lag(group))[0]?.committed === 2);
    await server.trim(topic, 0, 5);
    await until('trouble', () => reader.subscription.trouble instanceof OffsetOutOfRangeError, 60_000);
    expect(reader.subscription.trouble).toMatchObject({ topic, partition: 0, range: { begin: 5, end: 10 } });
    await wait(1000);
    expect((await log.lag(group))[0]).toMatchObject({ begin: 5, committed: expect.any(Number), lag: 5 });
    expect((await log.lag(group))[0].committed).toBeLessThan(5);
    await reader.subscription.close();
    await log.seek(group, topic, [{ partition: 0, offset: 5 }]);
    const second = await read(log);
    await until('the rest', () => second.messages.length === 5);
  });

  it('tells a reader that retention passes while it reads', async () => {
    await log.ensureTopic({ name: topic, partitions: 1 });
    const large = messagesOf(20, (at) => String(at).padEnd(900_000, 'x'));
    for (const message of large) await log.append(topic, [message]);
    const held = Promise.withResolvers<void>();
    const reader = await read(log, {}, () => held.promise);
    await wait(1000);
    await server.trim(topic, 0, 18).finally(() => held.resolve());
    await until('trouble', () => reader.subscription.trouble instanceof OffsetOutOfRangeError, 60_000);
    const offsets = reader.messages.map(({ offset }) => offset);
    expect(offsets).toEqual(offsets.map((_, at) => at));
    expect((await log.lag(group, [topic]))[0].committed).toBeNull();
  });
});
