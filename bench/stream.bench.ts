import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { DataSource } from 'typeorm';
import { Stream1767225600130 } from '../migrations/0130-stream.js';
import { EmbeddedPostgres } from '../src/engines/database/embedded/embedded-postgres.js';
import { EmbeddedStream } from '../src/engines/stream/embedded.stream.js';
import type { NewMessage } from '../src/engines/stream/stream.port.js';
import { cpuSecondsOf, memoryOf } from './process-tree.js';
import { type Bench, median, medianRatio, megabytes, type Row } from './row.js';

const ROUNDS = 9;
const BATCHES = 40;
const BATCH = 1000;
const PARTITIONS = 4;
/** Of one message each, side by side. */
const PRODUCERS = 256;
const SINGLES = 20;

interface Cost {
  readonly perSecond: number;
  /** Of the process and of PostgreSQL, for a thousand messages. */
  readonly cpuMs: number;
}

/** Appends in turns with a bare INSERT of the same rows on the same PostgreSQL, with its usual care for the disk. */
export const stream: Bench = {
  name: 'stream',
  async run(): Promise<Row[]> {
    const folder = await mkdtemp(join(tmpdir(), 'lab-bench-'));
    await chmod(folder, 0o755);
    const server = await EmbeddedPostgres.start(join(folder, 'postgres'));
    const bare = new pg.Client({ connectionString: server.url });
    const log = await openLog(server.url);
    try {
      await bare.connect();
      await bare.query('create table bare (partition int, "timestamp" bigint, key text, value bytea)');
      return await measure(log, bare, [process.pid, server.pid]);
    } finally {
      await log.close();
      await bare.end();
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    }
  },
};

async function openLog(url: string): Promise<EmbeddedStream> {
  const source = await new DataSource({ type: 'postgres', url, schema: 'lab', migrations: [Stream1767225600130] }).initialize();
  await source.query('create schema lab');
  await source.runMigrations();
  await source.destroy();
  const log = new EmbeddedStream(url);
  await log.ensureTopic({ name: 'bench', partitions: PARTITIONS });
  return log;
}

async function measure(log: EmbeddedStream, bare: pg.Client, processes: readonly number[]): Promise<Row[]> {
  const [ours, peers, singles]: Cost[][] = [[], [], []];
  const batches = Array.from({ length: BATCHES }, (_, at) => messagesOf(at));
  const append = (messages: readonly NewMessage[]): Promise<unknown> => log.append('bench', messages);
  const insert = insertInto(bare);
  // The first of each is made cold.
  await append(batches[0]);
  await insert(batches[0]);
  const one = batches[0].slice(0, 1);
  for (let round = 0; round < ROUNDS; round++) {
    ours.push(await costOf(processes, BATCHES * BATCH, () => each(batches, append)));
    peers.push(await costOf(processes, BATCHES * BATCH, () => each(batches, insert)));
    singles.push(await costOf(processes, PRODUCERS * SINGLES, () => sideBySide(() => append(one))));
  }
  return [
    {
      what: `append in batches of ${BATCH} to ${PARTITIONS} partitions (peer: INSERT of as many rows, no index)`,
      ours: speedOf(ours),
      peer: speedOf(peers),
      ratio: medianRatio(
        ours.map(({ perSecond }) => perSecond),
        peers.map(({ perSecond }) => perSecond),
      ),
      wanted: 'at least 0.5',
    },
    {
      what: 'the same, CPU of the process and PostgreSQL for 1,000 messages',
      ours: cpuOf(ours),
      peer: cpuOf(peers),
      ratio: medianRatio(
        ours.map(({ cpuMs }) => cpuMs),
        peers.map(({ cpuMs }) => cpuMs),
      ),
    },
    { what: `append one by one, ${PRODUCERS} producers side by side`, ours: speedOf(singles) },
    await reading(log, processes),
    { what: 'memory of the process and PostgreSQL after it', ours: megabytes(memoryOf(processes)) },
  ];
}

/** A group from the first message to the last, each batch committed. */
async function reading(log: EmbeddedStream, processes: readonly number[]): Promise<Row> {
  const ends = await log.ranges('bench');
  const total = ends.reduce((sum, { end }) => sum + end, 0);
  const cost = await costOf(processes, total, async () => {
    let seen = 0;
    const all = Promise.withResolvers<void>();
    const subscription = await log.subscribe({
      group: 'bench',
      topics: ['bench'],
      from: 'earliest',
      onBatch: async ({ messages }, owner) => {
        await owner.commit(messages[messages.length - 1].offset + 1);
        seen += messages.length;
        if (seen === total) all.resolve();
      },
    });
    await all.promise;
    await subscription.close();
  });
  return { what: `read ${total} messages by a group, committing each batch`, ours: speedOf([cost]) };
}

async function costOf(processes: readonly number[], messages: number, send: () => Promise<unknown>): Promise<Cost> {
  const [started, cpu] = [performance.now(), cpuSecondsOf(processes)];
  await send();
  const elapsed = (performance.now() - started) / 1000;
  return { perSecond: messages / elapsed, cpuMs: ((cpuSecondsOf(processes) - cpu) * 1000) / (messages / 1000) };
}

async function each<T>(items: readonly T[], send: (item: T) => Promise<unknown>): Promise<void> {
  for (const item of items) await send(item);
}

/** Each producer waits for its message before it sends the next. */
async function sideBySide(append: () => Promise<unknown>): Promise<void> {
  const produce = async (): Promise<void> => {
    for (let sent = 0; sent < SINGLES; sent++) await append();
  };
  await Promise.all(Array.from({ length: PRODUCERS }, produce));
}

function insertInto(client: pg.Client): (messages: readonly NewMessage[]) => Promise<unknown> {
  const places = Array.from({ length: BATCH }, (_, at) => `($${4 * at + 1}, $${4 * at + 2}, $${4 * at + 3}, $${4 * at + 4})`);
  const text = `insert into bare values ${places.join(', ')}`;
  return (messages) => {
    const values = messages.flatMap(({ timestamp, key, value }, at) => [at % PARTITIONS, timestamp, key, value]);
    return client.query({ name: 'insert', text, values });
  };
}

function messagesOf(batch: number): NewMessage[] {
  const now = 1_763_000_000_000 + batch * BATCH;
  return Array.from({ length: BATCH }, (_, at) => {
    const reading = { sensor: `sensor-${at % 100}`, temperature: 20 + (at % 70) / 10, humidity: 40 + (at % 30), at: now + at };
    return { key: reading.sensor, value: Buffer.from(JSON.stringify(reading)), timestamp: now + at };
  });
}

const speedOf = (costs: readonly Cost[]): string =>
  `${Math.round(median(costs.map(({ perSecond }) => perSecond))).toLocaleString('en')} messages/s`;

const cpuOf = (costs: readonly Cost[]): string => `${median(costs.map(({ cpuMs }) => cpuMs)).toFixed(1)} ms`;
