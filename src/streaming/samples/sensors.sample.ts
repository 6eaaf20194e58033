import { DailyFaults } from './daily-faults.js';
import type { Sample } from './sample.types.js';
import { bell } from './scattered.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const SEED = 1201;
const SENSORS = Array.from({ length: 12 }, (_, number) => `sensor-${String(number + 1).padStart(2, '0')}`);

const faults = new DailyFaults(
  SEED,
  { spike: 15 * MINUTE, stuck: 3 * HOUR, drift: 6 * HOUR, noise: 4 * HOUR, offset: 2 * HOUR },
  0.15,
);

/** Twelve temperature sensors, a reading every five minutes; on some days one of them fails. */
export const sensors: Sample = {
  topic: 'sensors',
  step: 5 * MINUTE,
  time: 'read_at',
  schema: {
    type: 'object',
    required: ['sensor', 'read_at', 'temperature'],
    properties: {
      sensor: { type: 'string' },
      read_at: { type: 'string', format: 'date-time' },
      temperature: { type: 'number', description: 'Degrees Celsius' },
    },
  },
  at: (time) =>
    SENSORS.map((sensor, number) => ({
      key: sensor,
      value: { sensor, read_at: new Date(time).toISOString(), temperature: Number(reading(number, time).toFixed(2)) },
    })),
  faults: (from, to) => faults.between(SENSORS, from, to),
};

function reading(sensor: number, time: number): number {
  const fault = faults.at(sensor, time);
  const noise = noiseOf(sensor, time);
  switch (fault?.kind) {
    case 'spike':
      return usual(sensor, time) + 12 + noise;
    case 'stuck':
      return usual(sensor, time - fault.since);
    case 'drift':
      return usual(sensor, time) + (1.5 * fault.since) / HOUR + noise;
    case 'noise':
      return usual(sensor, time) + 6 * noise;
    case 'offset':
      return usual(sensor, time) - 5 + noise;
    case undefined:
    default:
      return usual(sensor, time) + noise;
  }
}

/** A day has its cold and its warm hours, and each sensor its place. */
const usual = (sensor: number, time: number): number =>
  18 + (sensor % 5) + 4 * Math.sin(((time / HOUR - 9 - (sensor % 3)) / 12) * Math.PI);

/** Of about half a degree. */
const noiseOf = (sensor: number, time: number): number => bell(3, SEED, sensor, Math.floor(time / MINUTE));
