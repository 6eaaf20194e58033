import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { MessageBatch, StoredMessage } from '../src/engines/stream/stream.port.js';
import { StreamFile } from '../src/streaming/definition/stream.schema.js';
import { declarationOf } from '../src/streaming/definition/stream-declaration.js';
import type { Checkpoint } from '../src/streaming/processing/checkpoints.js';
import { StreamMemory } from '../src/streaming/processing/stream-memory.js';
import { type Bench, median, medianRatio, megabytes, type Row } from './row.js';

const EVENTS = 1_000_000;
const MANY_EVENTS = 10_000_000;
const KEYS = 1_000;
const BATCH = 1_000;
const ROUNDS = 3;
const CHECKPOINT_EVERY = 100_000;
const START = Date.UTC(2026, 0, 1);
/** A window of a minute holds 60,000 events. */
const STEP_MS = 1;

const STREAM = declarationOf(
  StreamFile.parse({
    name: 'bench',
    from: { topic: 'readings', time: 'at', delay: '5s' },
    aggregate: {
      window: { tumbling: '1m' },
      group_by: ['sensor'],
      values: {
        events: { count: '*' },
        mean: { avg: 'celsius' },
        low: { min: 'celsius' },
        high: { max: 'celsius' },
        spread: { stddev: 'celsius' },
      },
    },
    to: { topic: 'minutes' },
    most_entries: 10_000_000,
  }),
);
const NEVER: Checkpoint = {
  ...{ version: 0, fingerprint: null, topicId: null, startFrom: null, positions: {}, watermark: null, counters: {}, figures: {} },
};

interface Measured {
  readonly perSecond: number;
  readonly cpuMicros: number;
  readonly checkpoints: readonly number[];
}

/** Events through the windows of a stream as the runtime takes them, without the log and the database around it. */
export const windows: Bench = {
  name: 'windows',
  async run(): Promise<Row[]> {
    const [ours, bare]: Measured[][] = [[], []];
    await throughWindows(100_000, KEYS);
    for (let round = 0; round < ROUNDS; round++) {
      ours.push(await throughWindows(EVENTS, KEYS));
      bare.push(parsedAndCounted(EVENTS, KEYS));
    }
    return [...throughput(ours, bare), ...(await stateOf(KEYS)), ...(await stateOf(EVENTS)), ...(await memory())];
  },
};

function throughput(ours: readonly Measured[], bare: readonly Measured[]): Row[] {
  const rate = ({ perSecond }: Measured): number => perSecond;
  const perSecond = (all: readonly Measured[]): string => `${Math.round(median(all.map(rate)) / 1000)}k events/s`;
  const cpu = (all: readonly Measured[]): string => `${median(all.map(({ cpuMicros }) => cpuMicros)).toFixed(2)} µs`;
  return [
    {
      what: `windows: ${EVENTS} events, a tumbling minute by ${KEYS} keys, 5 aggregates (peer: JSON.parse and a count by key)`,
      ours: perSecond(ours),
      peer: perSecond(bare),
      ratio: medianRatio(ours.map(rate), bare.map(rate)),
    },
    { what: 'windows: CPU an event', ours: cpu(ours), peer: cpu(bare) },
    {
      what: `windows: a checkpoint of what has changed in ${CHECKPOINT_EVERY} events (state, without its commit)`,
      ours: `${median(ours.flatMap(({ checkpoints }) => checkpoints)).toFixed(1)} ms`,
    },
  ];
}

async function throughWindows(events: number, keys: number, onProgress?: (done: number) => void): Promise<Measured> {
  const memory = new StreamMemory(STREAM, NEVER);
  const checkpoints: number[] = [];
  let busy = 0;
  const before = process.cpuUsage();
  for (let from = 0; from < events; from += BATCH) {
    const batch = aBatch(from, keys);
    const begun = performance.now();
    await memory.take(batch);
    if ((from + BATCH) % CHECKPOINT_EVERY === 0) {
      const { begun: start } = await memory.checkpoint();
      checkpoints.push(performance.now() - start);
      memory.pending.clear();
    }
    busy += performance.now() - begun;
    onProgress?.(from + BATCH);
  }
  const { user, system } = process.cpuUsage(before);
  return { perSecond: events / (busy / 1000), cpuMicros: (user + system) / events, checkpoints };
}

/** What no program can do without that reads the same messages. */
function parsedAndCounted(events: number, keys: number): Measured {
  const counts = new Map<string, number>();
  let busy = 0;
  const before = process.cpuUsage();
  for (let from = 0; from < events; from += BATCH) {
    const { messages } = aBatch(from, keys);
    const begun = performance.now();
    for (const { value } of messages) {
      const { sensor } = JSON.parse(value!.toString()) as { sensor: string };
      counts.set(sensor, (counts.get(sensor) ?? 0) + 1);
    }
    busy += performance.now() - begun;
  }
  const { user, system } = process.cpuUsage(before);
  return { perSecond: events / (busy / 1000), cpuMicros: (user + system) / events, checkpoints: [] };
}

/** One open window of so many keys: what it takes as it is kept, in memory, and in time. */
async function stateOf(keys: number): Promise<Row[]> {
  const collect = collector();
  collect();
  const before = process.memoryUsage().heapUsed;
  const memory = new StreamMemory(STREAM, NEVER);
  for (let from = 0; from < Math.max(keys, 3 * BATCH); from += BATCH) await memory.take(aBatch(from, keys, 0));
  collect();
  const heap = process.memoryUsage().heapUsed - before;
  const begun = performance.now();
  const { figures } = await memory.checkpoint();
  const elapsed = performance.now() - begun;
  return [
    {
      what: `windows: state of a key as it is kept, ${keys} keys`,
      ours: `${(figures.bytes / figures.entries).toFixed(0)} bytes`,
    },
    { what: `windows: state of a key in memory, ${keys} keys`, ours: `${(heap / figures.entries).toFixed(0)} bytes` },
    { what: `windows: a checkpoint of all ${keys} keys (state, without its commit)`, ours: `${elapsed.toFixed(0)} ms` },
  ];
}

async function memory(): Promise<Row[]> {
  const collect = collector();
  const used: number[] = [];
  await throughWindows(MANY_EVENTS, KEYS, (done) => {
    if (done % EVENTS > 0) return;
    collect();
    used.push(process.memoryUsage().heapUsed);
  });
  const [first, last] = [used[0], used[used.length - 1]];
  return [
    {
      what: `windows: heap behind ${MANY_EVENTS} events (peer: behind ${EVENTS})`,
      ours: megabytes(last),
      peer: megabytes(first),
      ratio: last / first,
      wanted: 'about 1',
    },
  ];
}

function collector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}

function aBatch(from: number, keys: number, step = STEP_MS): MessageBatch {
  const messages = Array.from({ length: BATCH }, (_, index): StoredMessage => {
    const event = from + index;
    // Every seventh is late by up to three seconds.
    const at = START + event * step - (step > 0 && event % 7 === 0 ? event % 3_000 : 0);
    const value = `{"at":${at},"sensor":"sensor-${(event * 7_919) % keys}","celsius":${(event % 400) / 8},"humidity":${event % 100}}`;
    return { partition: 0, offset: event, key: null, value: Buffer.from(value), headers: {}, timestamp: at };
  });
  return { topic: 'readings', partition: 0, messages, end: from + BATCH };
}
