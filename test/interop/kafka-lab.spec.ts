import { aLabFolder, Lab, removeFolder } from '../fixtures/lab.js';
import { loopTotals, settledLoop } from '../fixtures/loop.js';
import { KafkaServer } from './servers/kafka-server.js';

const LOOP = { STREAM_DEMO: 'on', STREAM_RATE: '200', STREAM_TRAIN_SECONDS: '1' };

/** One story from the first start to the end: each test goes on where the one before it stopped. */
describe('the lab with its streams in Kafka', () => {
  let server: KafkaServer;
  let folder: string;
  let lab: Lab;
  let environment: Record<string, string>;

  beforeAll(async () => {
    server = await KafkaServer.start();
    await server.kill();
    folder = await aLabFolder();
    environment = { ...LOOP, KAFKA_BROKERS: server.brokers };
    lab = await Lab.start(folder, environment);
  }, 300_000);
  afterAll(async () => {
    await lab?.stop();
    await server?.stop();
    await removeFolder(folder);
  });

  it('starts while the broker is away, serves the rest, and says what is missing', async () => {
    const health = await lab.until('/health', ({ status }) => status === 'degraded');
    expect(health.parts.stream).toMatchObject({ status: 'degraded', detail: expect.stringContaining(server.brokers) });
    expect((await lab.request('GET', '/health/ready')).status).toBe(200);
    expect((await lab.call('GET', '/api/v1/datasets')).status).toBe(200);
    const { status, body } = await lab.call('POST', '/api/v1/topics', { name: 'early' });
    expect([status, body.code, body.detail]).toEqual([503, 'STREAM_AWAY', expect.stringContaining('KAFKA_BROKERS')]);
  });

  it('begins by itself when the broker comes: the loop learns within a minute', async () => {
    await server.startAgain();
    await lab.until('/health', ({ status }) => status === 'healthy');
    await lab.until('/stream/trainer/status', ({ modelo_disponivel }) => modelo_disponivel, 60_000);
    const { status, body } = await lab.request('POST', '/stream/trainer/predict', { idade: 34 });
    expect([status, body.predicao > 3_000]).toEqual([200, true]);
  });

  it('lands what is sent over HTTP, once', async () => {
    expect((await lab.call('POST', '/api/v1/topics', { name: 'orders', partitions: 2 })).status).toBe(201);
    const messages = Array.from({ length: 500 }, (_, id) => ({ key: `${id}`, value: { id } }));
    expect((await lab.call('POST', '/api/v1/topics/orders/messages', { messages })).status).toBeLessThan(300);
    const { partitions } = await lab.until('/api/v1/topics/orders/landing', ({ partitions }) =>
      partitions.every(({ lag, end }: { lag: number; end: number }) => lag === 0 && end > 0),
    );
    expect(partitions.reduce((sum: number, { end }: { end: number }) => sum + end, 0)).toBe(500);
    const { rows } = (await lab.call('GET', '/api/v1/datasets/bronze.orders')).body;
    expect(rows).toBe(500);
  });

  it('goes on by itself after the broker was killed under the loop', async () => {
    const { consumed } = await loopTotals(lab);
    await server.kill();
    await lab.until('/health', ({ parts }) => parts.stream.status === 'degraded');
    await server.startAgain();
    await lab.until('/health', ({ status }) => status === 'healthy');
    await lab.until('/stream/consumer/api/status', ({ total_consumos }) => total_consumos > consumed + 1_000);
  });

  it('loses and doubles nobody when it is killed itself', async () => {
    await lab.kill();
    lab = await Lab.start(folder, { ...environment, STREAM_RATE: '0.1' });
    const { people, normalised, consumed, scored } = await settledLoop(lab);
    expect([normalised, consumed]).toEqual([people, people]);
    expect(scored).toBeLessThanOrEqual(people);
  });
});
