import { DailyFaults } from './daily-faults.js';
import type { Sample } from './sample.types.js';
import { bell, scattered } from './scattered.js';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const SEED = 7001;
const SERVICES = ['accounts', 'checkout', 'search', 'shipping'];
const USUAL_MS = [40, 120, 65, 90];
const PATHS = ['/list', '/item', '/save'];
/** Shares of requests that fail without and with a fault. */
const FAILING = 0.01;
const FAILING_BADLY = 0.25;

const faults = new DailyFaults(SEED, { slow: 40 * MINUTE, errors: 30 * MINUTE, overload: HOUR }, 0.25);

/** Requests to four services, one every five seconds each; now and then one becomes slow, fails, or both. */
export const serviceLogs: Sample = {
  topic: 'service-logs',
  step: 5 * SECOND,
  time: 'at',
  schema: {
    type: 'object',
    required: ['service', 'at', 'path', 'status', 'latency_ms', 'failed'],
    properties: {
      service: { type: 'string' },
      at: { type: 'string', format: 'date-time' },
      path: { type: 'string' },
      status: { type: 'integer' },
      latency_ms: { type: 'number' },
      failed: { type: 'integer', enum: [0, 1], description: '1 when the status is 500 or above' },
    },
  },
  at: (time) => SERVICES.map((service, number) => ({ key: service, value: request(service, number, time) })),
  faults: (from, to) => faults.between(SERVICES, from, to),
};

function request(service: string, number: number, time: number): object {
  const second = Math.floor(time / SECOND);
  const kind = faults.at(number, time)?.kind;
  const failing = kind === 'errors' || kind === 'overload' ? FAILING_BADLY : FAILING;
  const failed = scattered(SEED, number, second, 2) < failing ? 1 : 0;
  const busy = 1 + 0.4 * Math.sin(((time / HOUR - 9) / 12) * Math.PI);
  const slow = kind === 'slow' || kind === 'overload' ? 4 : 1;
  // Most answers are near the usual, a few take several times as long.
  const latency = USUAL_MS[number] * busy * slow * Math.exp(0.8 * bell(2, SEED, number, second));
  return {
    ...{ service, at: new Date(time).toISOString(), path: PATHS[Math.floor(scattered(SEED, number, second, 3) * PATHS.length)] },
    ...{ status: failed ? 503 : 200, latency_ms: Number(latency.toFixed(1)), failed },
  };
}
