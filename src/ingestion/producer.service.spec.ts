import { openRooms, type Rooms } from '../../test/fixtures/rooms.js';
import { MESSAGE_BYTES, StreamLog } from '../engines/stream/stream.port.js';
import { IngestionModule } from './ingestion.module.js';
import { ProducerService } from './producer.service.js';
import type { OutgoingMessage } from './topic.types.js';
import { TopicsService } from './topics.service.js';

describe('ProducerService', () => {
  let rooms: Rooms;
  beforeAll(async () => {
    rooms = await openRooms([IngestionModule]);
    const schema = { type: 'object', properties: { n: { type: 'integer' } }, required: ['n'] };
    await rooms.module.get(TopicsService).create({ name: 'numbers', schema });
    await rooms.module.get(TopicsService).create({ name: 'anything', land: false });
  });
  afterAll(() => rooms.close());

  const produce = (topic: string, messages: readonly OutgoingMessage[]) =>
    rooms.module.get(ProducerService).produce(topic, messages);
  const kept = (topic: string) => rooms.module.get<StreamLog>(StreamLog).read({ topic, partition: 0, offset: 0, limit: 1_000 });

  it('appends what fits, and says where', async () => {
    const at = Date.parse('2026-01-31T04:00:00Z');
    const message = { key: 'k', value: { n: 1 }, headers: { from: 'here' }, timestamp: at };
    expect(await produce('numbers', [message, { key: 'k', value: null }])).toEqual([
      { partition: 0, offset: 0 },
      { partition: 0, offset: 1 },
    ]);
    expect(await kept('numbers')).toMatchObject([
      { key: 'k', value: Buffer.from('{"n":1}'), headers: { from: 'here' }, timestamp: at },
      { key: 'k', value: null },
    ]);
  });

  it('keeps nothing of a request of which one message does not fit, and names each that does not', async () => {
    const before = (await kept('numbers')).length;
    const values = [{ n: 1 }, { n: 'one' }, {}, [], null, { n: 1, _key: 'k' }];
    const refused = produce(
      'numbers',
      values.map((value) => ({ value })),
    );
    await expect(refused).rejects.toMatchObject({ code: 'MESSAGES_REFUSED', status: 422 });
    const { errors } = (await refused.catch((error: unknown) => error)) as { errors: { path: string }[] };
    expect(errors.map(({ path }) => path)).toEqual([
      'messages.1.value.n',
      'messages.2.value',
      'messages.3.value',
      'messages.4.value',
      'messages.5.value._key',
    ]);
    expect((await kept('numbers')).length).toBe(before);
  });

  it('tells the first of very many that do not fit', async () => {
    const refused = produce(
      'numbers',
      Array.from({ length: 500 }, () => ({ value: 1 })),
    );
    await expect(refused).rejects.toThrow('and 480 more');
  });

  it('takes any JSON where no schema and no table say otherwise', async () => {
    await produce('anything', [{ value: 'text' }, { value: [1, null] }, { value: false }]);
    expect((await kept('anything')).map(({ value }) => String(value))).toEqual(['"text"', '[1,null]', 'false']);
  });

  it('refuses what JSON has no words for', async () => {
    const circle: unknown[] = [];
    circle.push(circle);
    const refused = produce('anything', [{ value: undefined }, { value: circle }]);
    await expect(refused).rejects.toThrow('messages.0.value: is no JSON; messages.1.value: is no JSON');
  });

  it('refuses a message that is too large, and all that came with it', async () => {
    const before = (await kept('anything')).length;
    const refused = produce('anything', [{ value: 1 }, { value: 'x'.repeat(MESSAGE_BYTES) }]);
    await expect(refused).rejects.toMatchObject({ code: 'MESSAGE_TOO_LARGE', status: 413 });
    expect((await kept('anything')).length).toBe(before);
  });
});
