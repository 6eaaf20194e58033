import { setTimeout as sleep } from 'node:timers/promises';
import { jest } from '@jest/globals';
import { DataSource } from 'typeorm';
import { openRooms, type Rooms } from '../../test/fixtures/rooms.js';
import { CatalogService } from '../catalog/catalog.service.js';
import { StreamAwayError } from '../engines/stream/stream.errors.js';
import { StreamLog } from '../engines/stream/stream.port.js';
import { EventBus } from '../events/event-bus.js';
import { IngestionModule } from './ingestion.module.js';
import { ProducerService } from './producer.service.js';
import { TopicsService } from './topics.service.js';

const SCHEMA = { type: 'object', properties: { z: { type: 'integer' }, a: { type: 'string' } }, required: ['z'] };
const GROWN = { ...SCHEMA, properties: { ...SCHEMA.properties, note: { type: 'string' } } };

describe('TopicsService', () => {
  let rooms: Rooms;
  beforeAll(async () => {
    rooms = await openRooms([IngestionModule]);
  });
  afterAll(() => rooms.close());

  const topics = () => rooms.module.get(TopicsService);
  const log = () => rooms.module.get<StreamLog>(StreamLog);
  const produce = (topic: string, ...values: unknown[]) =>
    rooms.module.get(ProducerService).produce(
      topic,
      values.map((value) => ({ value })),
    );

  it('makes a topic in the log, with what it keeps', async () => {
    const made = await topics().create({ name: 'made', partitions: 3, schema: SCHEMA, retentionHours: 24, retentionBytes: 2e9 });
    expect(made).toMatchObject({ partitions: 3, schemaVersion: 1, land: true });
    expect(await topics().find('made')).toMatchObject({ ...made, schema: SCHEMA });
    expect((await log().topics()).find(({ name }) => name === 'made')).toEqual({
      name: 'made',
      partitions: 3,
      hours: 24,
      bytes: 2e9,
    });
  });

  it('keeps the order of the fields of a schema', async () => {
    await topics().create({ name: 'ordered', schema: SCHEMA });
    expect(JSON.stringify((await topics().find('ordered')).schema)).toBe(JSON.stringify(SCHEMA));
  });

  it('makes a name once, of many who ask at once, and a table once', async () => {
    const asked = Array.from({ length: 20 }, () => topics().create({ name: 'once' }));
    const answers = await Promise.allSettled(asked);
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await topics().create({ name: 'a.b' });
    await expect(topics().create({ name: 'A-b', partitions: 5 })).rejects.toThrow('"a.b" has the table bronze.a_b already');
    expect((await topics().ensure({ name: 'once', partitions: 7 })).partitions).toBe(1);
  });

  it.each(['', '1st', 'a b', 'ä', '../up', 'letters.dlq', 'x'.repeat(201)])('refuses the name %j', async (name) => {
    await expect(topics().create({ name })).rejects.toMatchObject({ code: 'INVALID_TOPIC', status: 422 });
  });

  it('leaves a table alone that something else fills', async () => {
    const at = { timestamp: new Date(), operation: 'WRITE', runId: null, inputs: [] };
    await rooms.module.get(DataSource).query(
      `insert into lab.datasets (name, layer, description, rows, bytes, files, version, columns, partitions, tags, keys, targets, constraints, updated_at)
       values ('bronze.flights', 'bronze', '', 0, 0, 0, 0, '[{"name":"id","type":"BIGINT"}]', '[]', '[]', '[]', '[]', '[]', $1)`,
      [at.timestamp],
    );
    expect(await rooms.module.get(CatalogService).knownVersion('bronze.flights')).toBe(0);
    await expect(topics().create({ name: 'flights' })).rejects.toMatchObject({ code: 'TABLE_TAKEN' });
    expect(await topics().create({ name: 'flights', land: false })).toMatchObject({ land: false });
    await expect(topics().change('flights', { land: true })).rejects.toMatchObject({ code: 'TABLE_TAKEN' });
  });

  it('leaves nothing behind of one that the log did not make', async () => {
    const ensure = jest.spyOn(log(), 'ensureTopic').mockRejectedValueOnce(new StreamAwayError('here', 'gone'));
    await expect(topics().create({ name: 'failed' })).rejects.toThrow('does not answer');
    ensure.mockRestore();
    await expect(topics().find('failed')).rejects.toMatchObject({ code: 'TOPIC_NOT_FOUND' });
  });

  it('changes what is given, and leaves the rest', async () => {
    const before = await topics().create({ name: 'changed', schema: SCHEMA, partitions: 2 });
    const after = await topics().change('changed', { retentionHours: null, partitions: 4, land: false });
    expect(after).toMatchObject({
      id: before.id,
      schema: SCHEMA,
      schemaVersion: 1,
      retentionHours: null,
      partitions: 4,
      land: false,
    });
    expect((await log().topics()).find(({ name }) => name === 'changed')).toEqual({ name: 'changed', partitions: 4 });
    await expect(topics().change('changed', { partitions: 1 })).rejects.toMatchObject({ code: 'INVALID_TOPIC' });
    expect((await topics().find('changed')).partitions).toBe(4);
  });

  it('lets a schema grow optional fields only, and holds messages against the new one at once', async () => {
    await topics().create({ name: 'grown', schema: SCHEMA });
    await produce('grown', { z: 1, note: 7 });
    expect(await topics().change('grown', { schema: GROWN })).toMatchObject({ schemaVersion: 2 });
    await expect(produce('grown', { z: 1, note: 7 })).rejects.toThrow('messages.0.value.note: must be string');
    await expect(topics().change('grown', { schema: SCHEMA })).rejects.toThrow('schema.properties.note: is missing');
    await expect(topics().change('grown', { schema: null })).rejects.toMatchObject({ code: 'SCHEMA_NOT_GROWN', status: 409 });
  });

  it('takes a first schema as long as nothing was produced without one', async () => {
    await topics().create({ name: 'late' });
    expect(await topics().change('late', { schema: SCHEMA })).toMatchObject({ schemaVersion: 2 });
    await topics().create({ name: 'too-late' });
    await produce('too-late', { z: 'text' });
    await expect(topics().change('too-late', { schema: SCHEMA })).rejects.toMatchObject({ code: 'SCHEMA_NOT_GROWN' });
  });

  it('deletes a topic with its messages, and makes it anew from the first offset under another id', async () => {
    const first = await topics().create({ name: 'gone' });
    await produce('gone', { z: 1 });
    await topics().delete('gone');
    await expect(topics().delete('gone')).rejects.toMatchObject({ code: 'TOPIC_NOT_FOUND' });
    await expect(produce('gone', {})).rejects.toMatchObject({ code: 'TOPIC_NOT_FOUND' });
    const second = await topics().create({ name: 'gone' });
    expect([second.id === first.id, await produce('gone', {})]).toEqual([false, [{ partition: 0, offset: 0 }]]);
  });

  it('deletes one that has vanished from the log', async () => {
    await topics().create({ name: 'vanished' });
    await log().deleteTopic('vanished');
    await expect(produce('vanished', {})).rejects.toMatchObject({ code: 'TOPIC_NOT_FOUND' });
    await topics().delete('vanished');
    expect((await topics().list()).map(({ name }) => name)).not.toContain('vanished');
  });

  it('tells every process', async () => {
    const heard: string[] = [];
    const stop = rooms.module.get<EventBus>(EventBus).subscribe('topic.changed', ({ topic }) => void heard.push(topic));
    await topics().create({ name: 'told' });
    await topics().change('told', { land: false });
    await topics().delete('told');
    while (heard.filter((topic) => topic === 'told').length < 3) await sleep(10);
    stop();
  });
});
