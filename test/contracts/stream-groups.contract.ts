import {
  GroupBusyError,
  OffsetOutOfRangeError,
  StaleOwnerError,
  TopicNotFoundError,
} from '../../src/engines/stream/stream.errors.js';
import type { MessageBatch, Ownership, StreamLog } from '../../src/engines/stream/stream.port.js';
import { aMessage, aName, commitAll, GroupReader, messagesOf, until } from './stream-tools.js';

export interface StreamSuite {
  /** A log that holds whatever it held: the suite makes topics of its own. Two that are open are as two processes. */
  readonly open: () => Promise<StreamLog>;
  /** Takes from a partition what stands before the offset, as retention does. */
  readonly trim: (log: StreamLog, topic: string, partition: number, before: number) => Promise<void>;
}

/** What groups keep in every message log. */
export function keepsGroupContract({ open, trim }: StreamSuite): void {
  const logs: StreamLog[] = [];
  const readers: GroupReader[] = [];
  let [log, topic, group] = [undefined as unknown as StreamLog, '', ''];
  const openAnother = async (): Promise<StreamLog> => {
    logs.push(await open());
    return logs[logs.length - 1];
  };
  beforeAll(async () => {
    log = await openAnother();
  });
  afterAll(() => Promise.all(logs.map((one) => one.close())));
  beforeEach(async () => {
    [topic, group] = [aName(), aName('group')];
    await log.ensureTopic({ name: topic, partitions: 4 });
  });
  afterEach(async () => {
    await Promise.all(readers.splice(0).map(({ subscription }) => subscription.close()));
  });

  type Plan = Partial<Parameters<typeof GroupReader.open>[1]> & { through?: StreamLog };
  const read = async ({ through = log, ...plan }: Plan = {}, onBatch?: GroupReader['onBatch']): Promise<GroupReader> => {
    const reader = await GroupReader.open(through, { group, topics: [topic], ...plan }, onBatch);
    readers.push(reader);
    return reader;
  };
  const oneByOne = { batch: { messages: 1 } };

  it('gets what was there, and what comes', async () => {
    await log.append(topic, messagesOf(10));
    const reader = await read();
    await until('ten messages', () => reader.messages.length === 10);
    await log.append(
      topic,
      messagesOf(5, (at) => `later ${at}`),
    );
    await until('five more', () => reader.messages.length === 15);
    expect(new Set(reader.texts).size).toBe(15);
  });

  it('goes on after what it committed', async () => {
    await log.append(topic, messagesOf(10));
    const first = await read({}, commitAll);
    await until('ten messages', () => first.messages.length === 10);
    await first.subscription.close();
    await log.append(
      topic,
      messagesOf(3, (at) => `new ${at}`),
    );
    const second = await read();
    await until('three messages', () => second.messages.length === 3);
    expect(second.texts.toSorted()).toEqual(['new 0', 'new 1', 'new 2']);
  });

  it('gets again what it did not commit', async () => {
    await log.append(topic, messagesOf(10));
    const first = await read();
    await until('ten messages', () => first.messages.length === 10);
    await first.subscription.close();
    const second = await read();
    await until('ten messages again', () => second.messages.length === 10);
  });

  it('begins at the end when it wants no more', async () => {
    await log.append(topic, messagesOf(10));
    const reader = await read({ from: 'latest', topics: [topic] });
    // A group may get its partitions later: what it is sent until then is not for it.
    const sending = setInterval(
      () =>
        void log.append(
          topic,
          messagesOf(4, () => 'new'),
        ),
      200,
    );
    await until('a message', () => reader.messages.length > 0).finally(() => clearInterval(sending));
    expect(new Set(reader.texts)).toEqual(new Set(['new']));
  });

  it('goes on where its reader says', async () => {
    const key = 'here';
    await log.append(
      topic,
      Array.from({ length: 10 }, () => aMessage({ key, value: 'before' })),
    );
    const [{ partition, offset }] = await log.append(topic, [aMessage({ key, value: 'from here' })]);
    const reader = await read({ startAt: async (_topic, of) => (of === partition ? offset : undefined) });
    await until('that message', () => reader.messages.length > 0);
    expect(reader.texts).toEqual(['from here']);
  });

  it('knows how far behind it is', async () => {
    const [{ partition, offset }] = await log.append(
      topic,
      Array.from({ length: 10 }, () => aMessage()),
    );
    const reader = await read({}, (_batch, owner) => owner.commit(offset + 4));
    await until('a commit', () => reader.batches.length > 0);
    for (const lag of [await log.lag(group), await log.lag(group, [topic])]) {
      expect(lag.find((one) => one.partition === partition)).toMatchObject({ topic, committed: offset + 4, lag: 6 });
    }
    expect(await log.lag(aName('group'), [topic])).toEqual(
      expect.arrayContaining([expect.objectContaining({ partition, committed: null, lag: 10 })]),
    );
  });

  it('takes a batch at a time of a partition, as large as it wants', async () => {
    await log.append(
      topic,
      Array.from({ length: 60 }, () => aMessage({ value: 'x'.repeat(1000) })),
    );
    let [atOnce, most] = [0, 0];
    const reader = await read({ batch: { messages: 20, bytes: 5000 } }, async () => {
      most = Math.max(most, ++atOnce);
      await new Promise((done) => setTimeout(done, 5));
      atOnce--;
    });
    await until('all messages', () => reader.messages.length === 60);
    expect(most).toBe(1);
    expect(Math.max(...reader.batches.map(({ messages }) => messages.length))).toBeLessThanOrEqual(6);
  });

  it('gets nothing while it is paused, and goes on after it', async () => {
    const reader = await read(oneByOne);
    await log.append(topic, messagesOf(1));
    await until('a message', () => reader.messages.length === 1);
    reader.subscription.pause();
    await log.append(topic, messagesOf(20));
    await new Promise((done) => setTimeout(done, 500));
    expect(reader.messages).toHaveLength(1);
    reader.subscription.resume();
    await until('all messages', () => reader.messages.length === 21);
  });

  it('gets a batch again that failed, under another generation, and says what is the matter', async () => {
    await log.append(topic, [aMessage()]);
    const generations: string[] = [];
    const reader = await read({}, async (_batch, owner) => {
      generations.push(owner.generation);
      if (generations.length < 3) throw new Error('The sink is full');
    });
    await until('a trouble', () => reader.troubles.length > 0);
    expect(reader.troubles[0].message).toContain('The sink is full');
    await until('the message at last', () => reader.messages.length === 1);
    expect(new Set(generations).size).toBe(3);
    await until('no trouble', () => reader.subscription.trouble === undefined);
  });

  it('reads a topic that is made after it', async () => {
    const later = aName();
    const reader = await read({ topics: [topic, later] });
    await log.ensureTopic({ name: later, partitions: 1 });
    await log.append(later, messagesOf(3));
    await until('its messages', () => reader.messages.length === 3);
  });

  it('says that a topic is gone, and reads the one that comes in its place from its beginning', async () => {
    const reader = await read({}, commitAll);
    await log.append(topic, messagesOf(3));
    await until('its messages', () => reader.messages.length === 3);
    await log.deleteTopic(topic);
    await until('a trouble', () => reader.subscription.trouble instanceof TopicNotFoundError);
    await log.ensureTopic({ name: topic, partitions: 4 });
    await log.append(
      topic,
      messagesOf(3, (at) => `new ${at}`),
    );
    await until('the new ones', () => reader.messages.length === 6);
    await until('no trouble', () => reader.subscription.trouble === undefined);
  });

  it('waits for the batch under way when it closes, and commits it', async () => {
    await log.append(topic, [aMessage()]);
    const [begun, going] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const reader = await read({}, async (batch, owner) => {
      begun.resolve();
      await going.promise;
      await commitAll(batch, owner);
    });
    await begun.promise;
    const closing = reader.subscription.close();
    going.resolve();
    await closing;
    expect((await log.lag(group)).reduce((sum, { lag }) => sum + lag, 0)).toBe(0);
    expect(reader.owners[0].signal.aborted).toBe(true);
    await expect(reader.owners[0].commit(1)).rejects.toThrow(StaleOwnerError);
  });

  describe('of two members', () => {
    /** What each of them got, by partition. */
    const partitionsOf = ({ batches }: GroupReader): Set<number> => new Set(batches.map(({ partition }) => partition));
    const keepAppending = (): NodeJS.Timeout =>
      setInterval(() => void log.append(topic, messagesOf(16)).catch(() => undefined), 100);

    it('shares the partitions, loses no message, and leaves all to who stays', async () => {
      const [first, second] = [await read({}, commitAll), await read({ through: await openAnother() }, commitAll)];
      const sending = keepAppending();
      await until('messages for both', () => first.batches.length > 0 && second.batches.length > 0);
      const newOf = (reader: GroupReader, since: number): MessageBatch[] => reader.batches.slice(since);
      await second.subscription.close();
      const [since, theirs] = [first.batches.length, second.batches.length];
      await until('all partitions for one', () => new Set(newOf(first, since).map(({ partition }) => partition)).size === 4);
      clearInterval(sending);
      expect(second.batches).toHaveLength(theirs);
      expect([...partitionsOf(first)].toSorted()).toEqual([0, 1, 2, 3]);
      const end = async (): Promise<number> => (await log.ranges(topic)).reduce((sum, range) => sum + range.end - range.begin, 0);
      const seen = (): Set<string> =>
        new Set([first, second].flatMap(({ messages }) => messages.map((m) => `${m.partition} ${m.offset}`)));
      await until('every message', async () => seen().size >= (await end()));
    });

    it('goes on with one when the other one has died', async () => {
      const dying = await openAnother();
      const other = await read({ through: dying }, commitAll);
      const reader = await read({}, commitAll);
      const sending = keepAppending();
      await until('messages for both', () => reader.batches.length > 0 && other.batches.length > 0);
      await dying.close();
      const since = reader.batches.length;
      await until('all partitions', () => new Set(reader.batches.slice(since).map(({ partition }) => partition)).size === 4);
      clearInterval(sending);
    });
  });

  describe('that retention has passed', () => {
    const loseTheFirst = async (): Promise<{ partition: number; begin: number }> => {
      const [{ partition }] = await log.append(topic, [aMessage({ value: 'first' })]);
      const [{ offset }] = await log.append(topic, [aMessage({ value: 'second' })]);
      await trim(log, topic, partition, offset);
      await until('a later beginning', async () => (await log.ranges(topic)).some(({ begin }) => begin === offset));
      return { partition, begin: offset };
    };

    it('is told loudly, and gets nothing until somebody moves it', async () => {
      const first = await read({}, (batch, owner) => owner.commit(batch.messages[0].offset));
      await log.append(topic, [aMessage()]);
      await until('a commit', () => first.batches.length > 0);
      await first.subscription.close();
      const { partition, begin } = await loseTheFirst();
      const reader = await read();
      await until('a trouble', () => reader.troubles.length > 0);
      expect(reader.subscription.trouble).toBeInstanceOf(OffsetOutOfRangeError);
      expect(reader.messages).toEqual([]);
      await reader.subscription.close();
      await log.seek(group, topic, [{ partition, offset: begin }]);
      const moved = await read();
      await until('the message that is left', () => moved.messages.length === 1);
      expect(moved.texts).toEqual(['second']);
    });

    it('has no older message than there is', async () => {
      const { partition, begin } = await loseTheFirst();
      await expect(log.read({ topic, partition, offset: begin - 1, limit: 1 })).rejects.toThrow(OffsetOutOfRangeError);
      expect((await log.offsetsAt(topic, 0)).find((one) => one.partition === partition)?.offset).toBe(begin);
    });
  });

  describe('that is moved', () => {
    it('reads again from there', async () => {
      const positions = await log.append(
        topic,
        Array.from({ length: 10 }, (_, at) => aMessage({ value: String(at) })),
      );
      const first = await read({}, commitAll);
      await until('ten messages', () => first.messages.length === 10);
      await first.subscription.close();
      await until('no member', () =>
        log.seek(group, topic, [positions[7]]).then(
          () => true,
          (error) => !(error instanceof GroupBusyError),
        ),
      );
      const second = await read();
      await until('three messages', () => second.messages.length === 3);
      expect(second.texts).toEqual(['7', '8', '9']);
    });

    it('has nobody in it', async () => {
      const reader = await read();
      await log.append(topic, [aMessage()]);
      await until('a message', () => reader.messages.length === 1);
      await expect(log.seek(group, topic, [{ partition: 0, offset: 0 }])).rejects.toThrow(GroupBusyError);
    });

    it('does not go where nothing is', async () => {
      await expect(log.seek(group, topic, [{ partition: 0, offset: 1 }])).rejects.toThrow(OffsetOutOfRangeError);
      await expect(log.seek(group, topic, [{ partition: 9, offset: 0 }])).rejects.toThrow(OffsetOutOfRangeError);
    });
  });

  it('keeps an owner apart from the next by the generation', async () => {
    await log.append(topic, [aMessage()]);
    const seen: Ownership[] = [];
    for (let turn = 0; turn < 2; turn++) {
      const reader = await read({}, async (_batch, owner) => void seen.push(owner));
      await until('the message', () => reader.messages.length === 1);
      await reader.subscription.close();
    }
    expect(seen[0].generation).not.toBe(seen[1].generation);
    expect([seen[0].topic, seen[0].partition]).toEqual([seen[1].topic, seen[1].partition]);
  });
}
