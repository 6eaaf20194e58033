import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { KafkaServer } from '../test/interop/servers/kafka-server.js';
import { Contender } from './contender.js';
import { memoryOf } from './process-tree.js';
import { type Bench, median, medianRatio, megabytes, type Row } from './row.js';

const MESSAGES = 600_000;
const ROUNDS = 5;
const TOPIC = 'bench';
const AT_ONCE = 10_000;

interface Turn {
  readonly seconds: number;
  /** Of the process, in seconds. */
  readonly cpu: number;
}

/** From Apache Kafka into bronze, in turns with a consumer that does nothing but parse and count; both from their first batch on. */
export const landing: Bench = {
  name: 'landing',
  async run(): Promise<Row[]> {
    const folder = await mkdtemp(join(tmpdir(), 'lab-bench-'));
    await chmod(folder, 0o755);
    await mkdir(join(folder, 'workspace'));
    const kafka = await KafkaServer.start();
    const plan = [kafka.brokers, TOPIC, String(MESSAGES)];
    const start = (file: string, ...args: string[]): Contender =>
      Contender.start(process.execPath, [join(import.meta.dirname, file), ...args]);
    const lab = start('landing-process.js', folder, ...plan);
    const bare = start('kafka-count.js', ...plan);
    try {
      await lab.ask('make');
      const bytes = await fill(kafka.brokers);
      const [ours, peers]: [(Turn & { commits: number })[], Turn[]] = [[], []];
      // The first of each is cold.
      for (let round = 0; round <= ROUNDS; round++) {
        ours.push(await lab.ask('land'));
        peers.push(await bare.ask('read'));
      }
      return report(ours.slice(1), peers.slice(1), { bytes, memory: memoryOf([lab.pid]), peerMemory: memoryOf([bare.pid]) });
    } finally {
      await Promise.all([lab.stop(), bare.stop()]);
      await kafka.stop();
      await rm(folder, { recursive: true, force: true });
    }
  },
};

const messageOf = (id: number): string =>
  JSON.stringify({ id, sensor: `s-${id % 97}`, value: (id % 4096) / 8, ok: id % 3 > 0, at: '2026-01-01T00:00:00.000Z' });

/** By a process that is not measured. @returns bytes of a value, about */
async function fill(broker: string): Promise<number> {
  const producer = new Kafka({ brokers: [broker], logLevel: logLevel.ERROR }).producer();
  await producer.connect();
  for (let id = 0; id < MESSAGES; id += AT_ONCE) {
    const messages = Array.from({ length: Math.min(AT_ONCE, MESSAGES - id) }, (_, at) => ({ value: messageOf(id + at) }));
    await producer.send({ topic: TOPIC, messages });
  }
  await producer.disconnect();
  return messageOf(MESSAGES / 2).length;
}

function report(
  ours: readonly (Turn & { commits: number })[],
  peers: readonly Turn[],
  { bytes, memory, peerMemory }: { bytes: number; memory: number; peerMemory: number },
): Row[] {
  const rates = (turns: readonly Turn[]): number[] => turns.map(({ seconds }) => MESSAGES / seconds);
  const cpu = (turns: readonly Turn[]): number[] => turns.map((turn) => turn.cpu);
  const perSecond = (turns: readonly Turn[]): string => `${(median(rates(turns)) / 1000).toFixed(0)}k messages/s`;
  const commits = median(ours.map((turn) => turn.commits));
  return [
    {
      what: `Kafka to bronze, ${MESSAGES / 1000}k messages of ${bytes} bytes in ${commits} commits (peer: kafkajs that parses and counts)`,
      ...{ ours: perSecond(ours), peer: perSecond(peers), ratio: medianRatio(rates(ours), rates(peers)), wanted: 'at least 0.5' },
    },
    {
      what: 'CPU of the process for it',
      ours: `${median(cpu(ours)).toFixed(1)} s`,
      peer: `${median(cpu(peers)).toFixed(1)} s`,
      ratio: medianRatio(cpu(ours), cpu(peers)),
    },
    {
      what: 'memory behind it, database included',
      ours: megabytes(memory),
      peer: megabytes(peerMemory),
      ratio: memory / peerMemory,
    },
  ];
}
