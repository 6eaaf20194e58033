import { Test } from '@nestjs/testing';
import pg from 'pg';
import { keepsStreamContract } from '../../../test/contracts/stream.contract.js';
import { aMessage, aName, GroupReader, messagesOf, textOf, until } from '../../../test/contracts/stream-tools.js';
import { freePort } from '../../../test/fixtures/free-port.js';
import { openTestDatabase, testDatabaseModules } from '../../../test/fixtures/postgres.js';
import { EmbeddedStream } from './embedded.stream.js';
import { readBatch } from './embedded/record-batch.js';
import { StaleOwnerError, StreamAwayError } from './stream.errors.js';

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

  it('says that PostgreSQL is away, and a subscription waits for it', async () => {
    const log = new EmbeddedStream(`postgres://lab:lab@127.0.0.1:${await freePort()}/lab`);
    for (const attempt of [() => log.ping(), () => log.topics(), () => log.append('t', [aMessage()])]) {
      await expect(attempt()).rejects.toThrow(StreamAwayError);
    }
    const { subscription, troubles } = await GroupReader.open(log, { group: 'g', topics: ['t'] });
    expect([subscription.trouble, troubles[0]]).toEqual([expect.any(StreamAwayError), expect.any(StreamAwayError)]);
    await log.close();
  });

  describe('beside it', () => {
    let log: EmbeddedStream;
    let client: pg.Client;
    let topic: string;
    beforeAll(async () => {
      log = new EmbeddedStream(database.url);
      client = new pg.Client({ connectionString: database.url });
      await client.connect();
    });
    afterAll(async () => {
      await client.end();
      await log.close();
    });
    beforeEach(async () => {
      topic = aName();
      await log.ensureTopic({ name: topic, partitions: 2 });
    });

    const countOf = async (what: string): Promise<number> => {
      const { rows } = await client.query<{ count: number }>(
        `select count(*)::int as count from lab.${what} where topic = (select id from lab.stream_topics where name = $1)`,
        [topic],
      );
      return rows[0].count;
    };

    it('gathers what is appended side by side into few commits', async () => {
      await Promise.all(messagesOf(500).map((message) => log.append(topic, [message])));
      expect(await countOf('stream_batches')).toBeLessThan(20);
    });

    it('refuses the commit of an owner that was overtaken, and tells it to stop', async () => {
      const held = Promise.withResolvers<void>();
      const { owners, batches, subscription } = await GroupReader.open(
        log,
        { group: aName('group'), topics: [topic] },
        async (_batch, owner) => {
          owners.push(owner);
          await held.promise;
        },
      );
      await log.append(topic, [aMessage()]);
      await until('a batch', () => owners.length === 1);
      await client.query(`
        update lab.stream_claims set owner = gen_random_uuid(), generation = generation + 1, lease_until = now() + interval '1 hour'
        where group_name = '${subscription.group}'`);
      await expect(owners[0].commit(1)).rejects.toThrow(StaleOwnerError);
      await until('the word to stop', () => owners[0].signal.aborted);
      held.resolve();
      await log.append(topic, [aMessage()]);
      await subscription.close();
      expect(batches).toHaveLength(1);
      expect((await log.lag(subscription.group, [topic])).every(({ committed }) => committed === null)).toBe(true);
    });

    it('takes over from a member that gives no sign of life', async () => {
      const group = aName('group');
      await log.append(topic, [aMessage()]);
      await client.query(
        `insert into lab.stream_members (group_name, id, topics, lease_until)
         values ($1, gen_random_uuid(), array[$2], now() + interval '1 second')`,
        [group, topic],
      );
      await client.query(
        `insert into lab.stream_claims (group_name, topic, partition, owner, generation, lease_until)
         select $1, id, partition, gen_random_uuid(), 1, now() + interval '1 second'
         from lab.stream_topics, generate_series(0, 1) as partition where name = $2`,
        [group, topic],
      );
      const { messages, subscription, batches } = await GroupReader.open(log, { group, topics: [topic] });
      expect(messages).toEqual([]);
      await until('the message', () => batches.length === 1);
      await subscription.close();
    });

    it('keeps for so many hours since the append, however long ago it is said to have happened', async () => {
      await log.ensureTopic({ name: topic, partitions: 2, hours: 1 });
      await log.append(topic, [aMessage({ timestamp: 0 })]);
      await log.sweep();
      expect(await countOf('stream_batches')).toBe(1);
      await client.query(`update lab.stream_batches set appended_at = now() - interval '61 minutes'`);
      await log.append(topic, [aMessage({ value: 'young' })]);
      await log.sweep();
      const [{ partition, begin }] = (await log.ranges(topic)).filter(({ end }) => end > 0);
      expect((await log.read({ topic, partition, offset: begin, limit: 9 })).map(textOf)).toEqual(['young']);
    });

    it('keeps so many bytes of a partition at least', async () => {
      await log.ensureTopic({ name: topic, partitions: 2, bytes: 25_000 });
      for (let at = 0; at < 10; at++) await log.append(topic, [aMessage({ value: 'x'.repeat(10_000) })]);
      await log.sweep();
      expect((await log.ranges(topic)).map(({ begin, end }) => end - begin).toSorted()).toEqual([0, 3]);
    });

    it('frees the room of a topic that is deleted', async () => {
      await log.append(topic, messagesOf(10));
      const { rows } = await client.query<{ id: number }>('select id from lab.stream_topics where name = $1', [topic]);
      await log.deleteTopic(topic);
      await log.sweep();
      for (const table of ['stream_batches', 'stream_partitions']) {
        expect((await client.query(`select from lab.${table} where topic = $1`, [rows[0].id])).rowCount).toBe(0);
      }
    });

    it('refuses a batch of a layout that it does not know', () => {
      expect(() => readBatch(Buffer.from([9, 1, 2, 3]), 0, 0)).toThrow('layout 9');
    });
  });
});
