import { jest } from '@jest/globals';
import { DataSource } from 'typeorm';
import { aTaskRun, openRooms, type Rooms } from '../../../test/fixtures/rooms.js';
import { StreamAwayError } from '../../engines/stream/stream.errors.js';
import { MESSAGE_BYTES, type StoredMessage, StreamLog } from '../../engines/stream/stream.port.js';
import { DeadLettersModule } from '../dead-letters.module.js';
import { DeadLettersService } from '../dead-letters.service.js';
import type { NewTopic } from '../topic.types.js';
import { TopicsService } from '../topics.service.js';
import { DeadLetterQuery } from './dead-letter.schema.js';
import { LetterListing } from './letter-listing.js';
import { LetterReplay } from './letter-replay.js';

const aMessage = (offset: number, overrides: Partial<StoredMessage> = {}): StoredMessage => ({
  ...{ partition: 0, offset, key: `k${offset}`, value: Buffer.from(JSON.stringify({ n: offset })) },
  ...{ headers: { from: 'here' }, timestamp: Date.parse('2026-11-21T12:00:00Z') + offset },
  ...overrides,
});

describe('dead letters', () => {
  let rooms: Rooms;
  beforeAll(async () => {
    rooms = await openRooms([DeadLettersModule], { 'pipelines/houses.yaml': undefined });
  });
  afterAll(() => rooms.close());

  const log = () => rooms.module.get<StreamLog>(StreamLog);
  const make = (name: string, overrides: Partial<NewTopic> = {}) =>
    rooms.module.get(TopicsService).create({ name, retentionHours: null, land: false, ...overrides });
  const put = (topic: string, ...messages: StoredMessage[]) =>
    rooms.module.get(DeadLettersService).put(
      topic,
      messages.map((message) => ({ message, reason: 'it is not liked', by: 'landing' })),
    );
  const list = (topic: string, query: Partial<DeadLetterQuery> = {}) =>
    rooms.module.get(LetterListing).list(topic, { ...DeadLetterQuery.parse({}), ...query });
  const replay = (topic: string, ids?: string[], run = aTaskRun()) => rooms.module.get(LetterReplay).replay({ topic, ids }, run);
  const inTopic = (topic: string) => log().read({ topic, partition: 0, offset: 0, limit: 10_000 });
  const numbersIn = async (topic: string) =>
    (await inTopic(topic)).map(({ value }) => (JSON.parse(String(value)) as { n: number }).n).sort((a, b) => a - b);
  /** As if the process that sent had died long ago. */
  const letTimePass = () =>
    rooms.module.get(DataSource).query(`update lab.dead_letter_sendings set begun_at = now() - interval '1 minute'`);

  it('are listed newest first, as they were, with who could not take them and why', async () => {
    await make('listed');
    await put('listed', aMessage(3), aMessage(4, { key: null, value: Buffer.from('no json') }));
    const { items, total } = await list('listed');
    expect([total, items[1]]).toEqual([
      2,
      {
        ...{ id: expect.any(String), status: 'open', reason: 'it is not liked', failed_by: 'landing' },
        ...{ put_at: expect.stringMatching(/Z$/), replayed_at: null },
        message: {
          ...{ partition: 0, offset: 3, key: 'k3', value: { n: 3 }, headers: { from: 'here' } },
          timestamp: '2026-11-21T12:00:00.003Z',
        },
      },
    ]);
    expect(items[0].message).toMatchObject({ offset: 4, key: null, value: null, text: 'no json' });
    expect((await list('listed', { limit: 1, offset: 1 })).items).toEqual([items[1]]);
  });

  it('tell in their own topic where they come from', async () => {
    await make('told');
    await put('told', aMessage(3, { partition: 2 }));
    expect((await inTopic('told.dlq'))[0]).toMatchObject({
      key: 'k3',
      value: Buffer.from('{"n":3}'),
      headers: {
        from: 'here',
        ...{ 'dlq.topic': 'told', 'dlq.partition': '2', 'dlq.offset': '3', 'dlq.by': 'landing', 'dlq.reason': 'it is not liked' },
      },
    });
  });

  it('are one for each message, however often and by whomever it is put', async () => {
    await make('once');
    await Promise.all([put('once', aMessage(1), aMessage(2)), put('once', aMessage(2), aMessage(3))]);
    await put('once', aMessage(1), aMessage(1, { partition: 1 }));
    expect((await list('once')).total).toBe(4);
  });

  it('may be as large as a message can be', async () => {
    await make('large');
    const value = Buffer.from(JSON.stringify('x'.repeat(MESSAGE_BYTES - 40)));
    const [{ offset }] = await log().append('large', [{ key: null, value }]);
    await put('large', aMessage(offset, { key: null, value, headers: {} }), aMessage(7));
    const { items } = await list('large');
    expect(items.map(({ message }) => JSON.stringify(message.value)?.length)).toEqual([7, MESSAGE_BYTES - 38]);
    const run = aTaskRun();
    expect(await replay('large', undefined, run)).toMatchObject({ rows: 1, refused: 1 });
    expect(run.lines[0]).toMatch(/stays: A message for "large" has 1000\d{3} bytes/);
  });

  it('keep reasons that PostgreSQL has no characters for', async () => {
    await make('strange');
    const letter = { message: aMessage(1), reason: `a\0b\uD800${'x'.repeat(5_000)}`, by: 'landing' };
    await rooms.module.get(DeadLettersService).put('strange', [letter]);
    expect((await list('strange')).items[0].reason).toMatch(/^a\uFFFDb\uFFFDx{1996}$/);
  });

  it('go back once, with the headers that they had', async () => {
    await make('back');
    await put('back', aMessage(1), aMessage(2));
    expect(await replay('back')).toEqual({ rows: 2, refused: 0, gone: 0, skipped: false });
    expect(await replay('back')).toEqual({ rows: 0, refused: 0, gone: 0, skipped: true });
    expect((await inTopic('back'))[0]).toMatchObject({ key: 'k1', headers: { from: 'here' }, timestamp: aMessage(1).timestamp });
    expect([(await list('back')).total, (await list('back', { status: 'replayed' })).total]).toEqual([0, 2]);
  });

  it('go back by their ids, and those that the topic does not have are named', async () => {
    await make('chosen');
    await put('chosen', aMessage(1), aMessage(2), aMessage(3));
    const [, { id }] = (await list('chosen')).items;
    expect(await replay('chosen', [id])).toMatchObject({ rows: 1 });
    expect(await numbersIn('chosen')).toEqual([2]);
    const asked = rooms.module.get(LetterListing).replay('chosen', { ids: [id, '999999'] });
    await expect(asked).rejects.toMatchObject({
      code: 'DEAD_LETTER_NOT_FOUND',
      message: expect.stringContaining('letter 999999'),
    });
  });

  it('stay while they do not fit the schema, with the reason of today', async () => {
    await make('unfit', { schema: { type: 'object', properties: { n: { type: 'integer', minimum: 2 } } } });
    await put('unfit', aMessage(1), aMessage(2));
    expect(await replay('unfit')).toMatchObject({ rows: 1, refused: 1 });
    expect((await list('unfit')).items).toMatchObject([{ reason: 'n: must be >= 2', message: { value: { n: 1 } } }]);
  });

  it.each([
    ['before', async () => undefined],
    ['behind', (append: StreamLog['append'], ...given: Parameters<StreamLog['append']>) => append(...given)],
  ])('go back once when the log goes away %s the append', async (when, first) => {
    await make(`away-${when}`);
    await put(`away-${when}`, aMessage(1), aMessage(2));
    const append = log().append.bind(log());
    const broken = jest.spyOn(log(), 'append').mockImplementationOnce(async (...given) => {
      await first(append, ...given);
      throw new StreamAwayError('here', 'gone');
    });
    await expect(replay(`away-${when}`)).rejects.toThrow('does not answer');
    broken.mockRestore();
    expect((await list(`away-${when}`, { status: 'replaying' })).total).toBe(2);
    await letTimePass();
    expect(await replay(`away-${when}`)).toMatchObject({ rows: 2 });
    expect(await numbersIn(`away-${when}`)).toEqual([1, 2]);
  });

  it('go back once when several replay them at the same time', async () => {
    await make('together');
    await put('together', ...Array.from({ length: 30 }, (_, n) => aMessage(n)));
    const reports = await Promise.all([replay('together'), replay('together'), replay('together')]);
    expect(reports.map(({ rows }) => rows).sort((a, b) => a - b)).toEqual([0, 0, 30]);
    expect(await numbersIn('together')).toHaveLength(30);
  });
});
