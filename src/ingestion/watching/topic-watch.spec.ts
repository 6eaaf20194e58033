import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { jest } from '@jest/globals';
import { openRooms, type Rooms } from '../../../test/fixtures/rooms.js';
import { type NewMessage, StreamLog } from '../../engines/stream/stream.port.js';
import { IngestionModule } from '../ingestion.module.js';
import { WatchQuery } from '../message.schema.js';
import type { NewTopic } from '../topic.types.js';
import { TopicsService } from '../topics.service.js';
import { TopicWatch } from './topic-watch.js';

interface Event {
  readonly id: string | undefined;
  readonly type: string | undefined;
  readonly data: { readonly value?: unknown; readonly [field: string]: unknown } | undefined;
}

const eventOf = (text: string): Event => {
  const field = (name: string): string | undefined => new RegExp(`^${name}: (.*)$`, 'm').exec(text)?.[1];
  const data = field('data');
  return { id: field('id'), type: field('event'), data: data === undefined ? undefined : JSON.parse(data) };
};

/** Takes events until there are so many that are no comments, or the stream ends. */
async function take(stream: Readable, count: number): Promise<Event[]> {
  let heard = '';
  const events = (): Event[] =>
    heard
      .split('\n\n')
      .slice(0, -1)
      .map(eventOf)
      .filter(({ data }) => data !== undefined);
  for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
    heard += String(chunk);
    if (events().length >= count) break;
  }
  return events();
}

const until = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await sleep(5);
};

describe('watching a topic', () => {
  let rooms: Rooms;
  const open: Readable[] = [];
  beforeAll(async () => {
    rooms = await openRooms([IngestionModule]);
  });
  afterEach(() => open.splice(0).forEach((stream) => stream.destroy()));
  afterAll(() => rooms.close());

  const log = () => rooms.module.get<StreamLog>(StreamLog);
  const watch = () => rooms.module.get(TopicWatch);
  const make = (name: string, overrides: Partial<NewTopic> = {}) =>
    rooms.module.get(TopicsService).create({ name, ...overrides });
  const append = (topic: string, ...messages: Partial<NewMessage>[]) =>
    log().append(
      topic,
      messages.map((message) => ({ key: null, value: Buffer.from('{}'), ...message })),
    );
  const numbers = (from: number, count: number): Partial<NewMessage>[] =>
    Array.from({ length: count }, (_, n) => ({ key: 'k', value: Buffer.from(String(from + n)) }));
  async function watching(topic: string, query: Partial<WatchQuery> = {}, after?: string): Promise<Readable> {
    const stream = await watch().open(topic, { ...WatchQuery.parse({}), ...query }, after);
    open.push(stream);
    return stream;
  }

  it('tells what comes from now on, or from the beginning', async () => {
    await make('news');
    await append('news', ...numbers(0, 2));
    const [now, all] = [await watching('news'), await watching('news', { from: 'earliest' })];
    await append('news', ...numbers(2, 1));
    expect(await take(now, 1)).toMatchObject([
      { id: '3', type: 'message', data: { partition: 0, offset: 2, key: 'k', value: 2 } },
    ]);
    expect((await take(all, 3)).map(({ data }) => data?.value)).toEqual([0, 1, 2]);
  });

  it('goes on behind the last event in every partition, also in one that is new', async () => {
    await make('parts', { partitions: 3 });
    await append('parts', ...['a', 'b', 'c', 'd', 'e', 'f'].map((key) => ({ key, value: Buffer.from(`"${key}"`) })));
    const before = await take(await watching('parts', { from: 'earliest' }), 3);
    const rest = take(await watching('parts', {}, before.at(-1)?.id), 4);
    await rooms.module.get(TopicsService).change('parts', { partitions: 4 });
    await append('parts', { key: 'g', value: Buffer.from('"g"') });
    const values = [...before.slice(0, 3), ...(await rest)].map(({ data }) => data?.value);
    expect(values.slice().sort()).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g']);
  });

  it('loses nothing for a reader that comes back before it has heard anything', async () => {
    await make('quiet');
    await append('quiet', ...numbers(0, 3));
    const stream = await watching('quiet');
    const { value } = (await stream.iterator({ destroyOnReturn: false }).next()) as { value: Buffer };
    expect(eventOf(String(value)).id).toBe('3');
  });

  it('tells one partition alone, and refuses one that is not there', async () => {
    await make('one', { partitions: 2 });
    await append('one', { key: 'a' }, { key: 'b' }, { key: 'c' }, { key: 'd' });
    const { end } = (await log().ranges('one'))[1];
    const events = await take(await watching('one', { from: 'earliest', partition: 1 }), end);
    expect(events.map(({ data }) => data?.partition)).toEqual(Array.from({ length: end }, () => 1));
    await expect(watching('one', { partition: 2 })).rejects.toMatchObject({ code: 'PARTITION_NOT_FOUND', status: 404 });
  });

  it.each(['', 'x', '1.2', '-1', '1e3'])('refuses the id %j, which no event of the topic has', async (id) => {
    await rooms.module.get(TopicsService).ensure({ name: 'ids' });
    await expect(watching('ids', {}, id)).rejects.toMatchObject({ code: 'INVALID_INPUT', status: 400 });
  });

  it('says aloud that messages are gone which the reader has not seen', async () => {
    await make('gap');
    await append('gap', ...numbers(0, 2));
    expect(await take(await watching('gap', {}, '90'), 3)).toMatchObject([
      { id: '0', type: 'gap', data: { partition: 0, asked: 90, begin: 0, end: 2 } },
      { data: { value: 0 } },
      { data: { value: 1 } },
    ]);
  });

  it('leaves in the topic what a slow reader does not take, and gives it all in the end', async () => {
    await make('slow');
    const large = (n: number) => ({ value: Buffer.from(JSON.stringify({ n, text: 'x'.repeat(50_000) })) });
    await append('slow', ...Array.from({ length: 40 }, (_, n) => large(n)));
    const stream = await watching('slow', { from: 'earliest' });
    await until(() => stream.readableLength > 50_000);
    await sleep(50);
    expect(stream.readableLength).toBeLessThan(500_000);
    const events = await take(stream, 40);
    expect(events.map(({ data }) => (data?.value as { n: number }).n)).toEqual(Array.from({ length: 40 }, (_, n) => n));
  });

  it('reads once for all who watch', async () => {
    await make('crowd');
    const streams = await Promise.all(Array.from({ length: 200 }, () => watching('crowd')));
    const read = jest.spyOn(log(), 'read');
    await append('crowd', ...numbers(0, 3));
    const heard = await Promise.all(streams.map((stream) => take(stream, 3)));
    expect(heard.every((events) => events.length === 3)).toBe(true);
    expect(read.mock.calls.length).toBeLessThan(20);
    read.mockRestore();
  });

  it('ends when the topic is deleted', async () => {
    await make('deleted');
    const stream = await watching('deleted');
    await rooms.module.get(TopicsService).delete('deleted');
    expect(await take(stream, 2)).toEqual([{ id: undefined, type: 'end', data: { reason: 'deleted' } }]);
  });

  it('forgets readers that have gone, and looks no further when none is left', async () => {
    await make('left');
    const streams = [await watching('left'), await watching('left')];
    expect(watch().watchers).toBe(2);
    streams.forEach((stream) => stream.destroy());
    await until(() => watch().watchers === 0);
    const ranges = jest.spyOn(log(), 'ranges');
    await sleep(400);
    expect(ranges).not.toHaveBeenCalled();
    ranges.mockRestore();
  });

  it('ends every stream when the process stops', async () => {
    await make('stopping');
    const ends = [await watching('stopping'), await watching('stopping')].map((stream) => take(stream, 1));
    await rooms.reopen();
    expect(await Promise.all(ends)).toEqual([[], []]);
  });
});
