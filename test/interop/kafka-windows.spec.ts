import { jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { Random } from '../../src/estimators/random.js';
import { TopicsService } from '../../src/ingestion/topics.service.js';
import { StreamLab } from '../fixtures/streams.js';
import { produceThrough, untilProduced } from '../fixtures/window-outages.js';
import { closingReadings, disordered, expectUnharmedStreams, FILES, settled } from '../fixtures/window-storm.js';
import { KafkaServer } from './servers/kafka-server.js';

const EVENTS = 6_000;

describe('windows over topics of Kafka', () => {
  let server: KafkaServer;
  let lab: StreamLab;
  beforeAll(async () => {
    for (const level of ['warn', 'error'] as const) jest.spyOn(Logger.prototype, level).mockImplementation(() => undefined);
    server = await KafkaServer.start();
    lab = await StreamLab.open(FILES, { settings: { kafka: { brokers: [server.brokers], tls: false } } });
  }, 300_000);
  afterAll(async () => {
    await lab?.close();
    await server?.stop();
  });

  it('are what a batch query makes of the same events, each row once by its id, though the broker is killed in the middle', async () => {
    const readings = disordered(new Random(3, 1), EVENTS);
    await produceThrough(lab, readings.slice(0, EVENTS / 2));
    await lab.until('appended', ({ events }) => events > 0, 60_000);
    const restart = server.kill().then(() => server.startAgain());
    await produceThrough(lab, readings.slice(EVENTS / 2));
    await restart;
    await untilProduced(lab, closingReadings());
    const written = (await lab.log.ranges('readings')).reduce((sum, { end }) => sum + end, 0);
    expect(written).toBeGreaterThan(EVENTS / 2);
    expectUnharmedStreams({ kills: 1, broken: 0, ...(await settled(lab, written)) });
  }, 240_000);

  it('say that retention has passed them by, and begin anew with what is there when they are told to', async () => {
    await lab.streams.pause('sessions');
    await lab.until('sessions', ({ status }) => status === 'paused');
    await untilProduced(lab, closingReadings());
    const ranges = await lab.log.ranges('readings');
    const written = ranges.reduce((sum, { end }) => sum + end, 0);
    for (const name of ['appended', 'updated']) await lab.untilDone(name, written, 60_000);
    for (const { partition, end } of ranges) await server.trim('readings', partition, end);
    await lab.streams.resume('sessions');
    const behind = /passes over nothing by itself\. Offset \d+ of partition \d of "readings" is not there/;
    const { events } = await lab.until('sessions', ({ error }) => behind.test(error ?? ''), 60_000);
    expect(events).toBe(written - closingReadings().length);
    await lab.streams.restart('sessions', 'earliest');
    await untilProduced(lab, closingReadings());
    await lab.untilDone('sessions', closingReadings().length, 60_000);
  }, 240_000);

  it('say that their topic is gone, and read another one of its name from its begin when they are told to', async () => {
    const topics = lab.rooms.module.get(TopicsService);
    await topics.delete('readings');
    await lab.until(
      'updated',
      ({ status, error }) => status === 'failing' && /There is no topic "readings"/.test(error ?? ''),
      60_000,
    );
    await lab.topic('readings', 3);
    await lab.until('updated', ({ error }) => /was deleted and made again/.test(error ?? ''), 60_000);
    await lab.streams.restart('updated', 'earliest');
    await untilProduced(lab, closingReadings());
    await lab.untilDone('updated', closingReadings().length, 60_000);
  }, 240_000);
});
