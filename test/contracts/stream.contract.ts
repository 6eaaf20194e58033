import {
  InvalidTopicError,
  MessageTooLargeError,
  OffsetOutOfRangeError,
  TopicNotFoundError,
} from '../../src/engines/stream/stream.errors.js';
import type { Position, StoredMessage, StreamLog } from '../../src/engines/stream/stream.port.js';
import { keepsGroupContract, type StreamSuite } from './stream-groups.contract.js';
import { aMessage, aName, messagesOf, textOf, until } from './stream-tools.js';

/** What every message log keeps. */
export function keepsStreamContract(suite: StreamSuite): void {
  let log: StreamLog;
  let topic: string;
  beforeAll(async () => {
    log = await suite.open();
  });
  afterAll(() => log.close());
  beforeEach(() => {
    topic = aName();
  });

  const everythingOf = async (partition = 0): Promise<StoredMessage[]> => {
    const range = (await log.ranges(topic)).find((one) => one.partition === partition)!;
    return log.read({ topic, partition, offset: range.begin, limit: 10_000 });
  };

  describe('topics', () => {
    it('are there once they are made, with their plan', async () => {
      await log.ensureTopic({ name: topic, partitions: 3, hours: 2, bytes: 1_000_000 });
      const topics = await log.topics();
      expect(topics.find(({ name }) => name === topic)).toEqual({ name: topic, partitions: 3, hours: 2, bytes: 1_000_000 });
      expect((await log.ranges(topic)).map(({ partition }) => partition)).toEqual([0, 1, 2]);
    });

    it('get more partitions, never fewer', async () => {
      await log.ensureTopic({ name: topic, partitions: 2 });
      await log.ensureTopic({ name: topic, partitions: 4 });
      await until('four partitions', async () => (await log.ranges(topic)).length === 4);
      await expect(log.ensureTopic({ name: topic, partitions: 3 })).rejects.toThrow(InvalidTopicError);
    });

    it.each(['', '.', '..', 'with space', 'ü', 'a/b', 'x'.repeat(250)])('are not named %j', async (name) => {
      await expect(log.ensureTopic({ name, partitions: 1 })).rejects.toThrow(InvalidTopicError);
    });

    it('that are deleted are gone, with what was in them', async () => {
      await log.ensureTopic({ name: topic, partitions: 1 });
      await log.append(topic, messagesOf(3));
      await log.deleteTopic(topic);
      await expect(log.append(topic, messagesOf(1))).rejects.toThrow(TopicNotFoundError);
      await log.ensureTopic({ name: topic, partitions: 1 });
      await until('an empty topic', async () => (await log.ranges(topic))[0].end === 0);
    });

    it('that nobody made are not found', async () => {
      const attempts = await Promise.allSettled([
        log.append(topic, messagesOf(1)),
        log.read({ topic, partition: 0, offset: 0, limit: 1 }),
        log.ranges(topic),
        log.offsetsAt(topic, 0),
        log.deleteTopic(topic),
        log.seek(aName('group'), topic, [{ partition: 0, offset: 0 }]),
      ]);
      for (const attempt of attempts) expect(attempt).toMatchObject({ reason: expect.any(TopicNotFoundError) });
    });
  });

  describe('messages', () => {
    beforeEach(() => log.ensureTopic({ name: topic, partitions: 1 }));

    it('come back byte by byte, in their order', async () => {
      const written = [
        aMessage({
          key: 'ação',
          value: Buffer.from([0, 255, 13, 10, 128]),
          headers: { from: 'here', Ö: 'ü' },
          timestamp: 1_700_000_000_123,
        }),
        aMessage({ key: null, value: '' }),
        aMessage({ key: '', value: null, timestamp: 0 }),
        aMessage({ key: 'a\0b', value: 'x'.repeat(100_000) }),
      ];
      const positions = await log.append(topic, written);
      const read = await everythingOf();
      expect(read.map(({ partition, offset }) => ({ partition, offset }))).toEqual(positions);
      expect(read.map(({ key }) => key)).toEqual(['ação', null, '', 'a\0b']);
      const bytes = ({ value }: { value: Buffer | null }): string | undefined => value?.toString('hex');
      expect(read.map(bytes)).toEqual(written.map(bytes));
      expect(read.map(({ headers }) => headers)).toEqual([{ from: 'here', Ö: 'ü' }, {}, {}, {}]);
      expect([read[0].timestamp, read[2].timestamp]).toEqual([1_700_000_000_123, 0]);
      expect(Math.abs(read[1].timestamp - Date.now())).toBeLessThan(60_000);
    });

    it('have ascending offsets, that of the range included', async () => {
      const first = await log.append(topic, messagesOf(2));
      const second = await log.append(topic, messagesOf(2));
      const offsets = [...first, ...second].map(({ offset }) => offset);
      expect(offsets).toEqual(offsets.toSorted((a, b) => a - b));
      expect(new Set(offsets).size).toBe(4);
      const [{ begin, end }] = await log.ranges(topic);
      expect(offsets[0]).toBeGreaterThanOrEqual(begin);
      expect(end).toBeGreaterThan(offsets[3]);
    });

    it('that are too large are refused, and with them what came along', async () => {
      const attempt = log.append(topic, [aMessage(), aMessage({ value: Buffer.alloc(1_100_000) })]);
      await expect(attempt).rejects.toThrow(MessageTooLargeError);
      expect(await everythingOf()).toEqual([]);
    });

    it('may be as large as is allowed', async () => {
      await log.append(topic, [aMessage({ value: Buffer.alloc(999_000, 'large') })]);
      expect((await everythingOf())[0].value).toHaveLength(999_000);
    });

    it('may be appended all at once, or one by one and side by side', async () => {
      await Promise.all(messagesOf(200).map((message) => log.append(topic, [message])));
      expect((await everythingOf()).map(textOf).toSorted()).toEqual(
        messagesOf(200)
          .map((message) => String(message.value))
          .toSorted(),
      );
      expect(await log.append(topic, [])).toEqual([]);
    });

    it('are read from the middle, so many and so large as is asked', async () => {
      const positions = await log.append(
        topic,
        messagesOf(100, () => 'x'.repeat(1000)),
      );
      const ask = async (limit: number, mostBytes?: number): Promise<number[]> =>
        (await log.read({ topic, partition: 0, offset: positions[40].offset, limit, mostBytes })).map(({ offset }) => offset);
      expect(await ask(3)).toEqual(positions.slice(40, 43).map(({ offset }) => offset));
      expect(await ask(50, 5000)).toEqual(positions.slice(40, 45).map(({ offset }) => offset));
      expect(await ask(50, 1)).toEqual([positions[40].offset]);
      expect(await ask(1000)).toHaveLength(60);
    });

    it('are read up to the end, and no further', async () => {
      await log.append(topic, messagesOf(3));
      const [{ end }] = await log.ranges(topic);
      expect(await log.read({ topic, partition: 0, offset: end, limit: 10 })).toEqual([]);
      await expect(log.read({ topic, partition: 0, offset: end + 1, limit: 10 })).rejects.toThrow(OffsetOutOfRangeError);
    });

    it('are found by their time', async () => {
      const positions = await log.append(
        topic,
        [1000, 2000, 3000, 4000].map((timestamp) => aMessage({ timestamp })),
      );
      const at = async (timestamp: number): Promise<number> => (await log.offsetsAt(topic, timestamp))[0].offset;
      expect([await at(0), await at(2000), await at(2001)]).toEqual([0, 1, 2].map((place) => positions[place].offset));
      expect(await at(4001)).toBe((await log.ranges(topic))[0].end);
    });
  });

  describe('partitions', () => {
    beforeEach(() => log.ensureTopic({ name: topic, partitions: 5 }));

    it("get keys by murmur2, as Kafka's clients deal them out", async () => {
      const positions = await log.append(
        topic,
        ['21', 'foobar', 'abc', 'ação'].map((key) => aMessage({ key })),
      );
      expect(positions.map(({ partition }) => partition)).toEqual([0, 1, 2, 3]);
    });

    it('keep the order of each key', async () => {
      await log.append(
        topic,
        Array.from({ length: 500 }, (_, at) => aMessage({ key: `key ${at % 7}`, value: String(at) })),
      );
      const read = (await Promise.all([0, 1, 2, 3, 4].map(everythingOf))).flat();
      for (let key = 0; key < 7; key++) {
        const values = read.filter((message) => message.key === `key ${key}`).map((message) => Number(message.value));
        expect(values).toEqual(values.toSorted((a, b) => a - b));
      }
      expect(read).toHaveLength(500);
    });

    it('share what has no key', async () => {
      const positions: Position[] = [];
      for (let at = 0; at < 20; at++) positions.push(...(await log.append(topic, [aMessage({ key: null })])));
      expect(new Set(positions.map(({ partition }) => partition)).size).toBeGreaterThan(1);
    });
  });

  describe('a group', () => keepsGroupContract(suite));
}
