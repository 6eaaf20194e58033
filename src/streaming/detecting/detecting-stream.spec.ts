import { StreamLab } from '../../../test/fixtures/streams.js';

const WATCH = `name: watch
from: { topic: readings, time: at }
detect:
  values: [temperature]
  group_by: [sensor]
  detector: ewma
to: { topic: alerts, postgres: alerts }
checkpoint: 100ms
`;
const BEGIN = Date.parse('2026-03-01T00:00:00Z');

const aReading = (minute: number, temperature: unknown = 20 + (minute % 3)) => ({
  ...{ sensor: 'boiler', temperature },
  at: new Date(BEGIN + minute * 60_000).toISOString(),
});

describe('a stream that detects', () => {
  let lab: StreamLab;

  beforeAll(async () => {
    lab = await StreamLab.open({ watch: WATCH });
  });
  afterAll(() => lab?.close());

  it('brings what is unusual to a topic and a table, and what is no number to the dead letters', async () => {
    const readings = Array.from({ length: 120 }, (_, minute) => aReading(minute));
    await lab.produce([...readings, aReading(120, 90), aReading(121, 'hot'), aReading(122)], 'sensor');
    const { rows, dead_letters } = await lab.untilDone('watch', 123);
    expect([rows, dead_letters]).toEqual([1, 1]);
    const [alert] = await lab.messages('alerts');
    expect([alert.key, JSON.parse(alert.value!.toString())]).toEqual([
      'boiler',
      {
        ...{ time: '2026-03-01T02:00:00.000Z', sensor: 'boiler', temperature: 90, score: expect.closeTo(0.95, 1) },
        ...{ expected: expect.closeTo(21, 1), reason: expect.stringMatching(/^90 is above the 2\d(\.\d+)? expected/) },
      },
    ]);
    expect(await lab.query('select sensor, temperature from streams.alerts')).toEqual([{ sensor: 'boiler', temperature: 90 }]);
  });
});
