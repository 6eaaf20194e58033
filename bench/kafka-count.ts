import { createInterface } from 'node:readline';
import { Kafka, logLevel } from 'kafkajs';

/** A bare consumer that parses and counts: `kafka-count.js <brokers> <topic> <messages>`. */
const [brokers, topic, count] = process.argv.slice(2);
const messages = Number(count);
const kafka = new Kafka({ brokers: [brokers], logLevel: logLevel.ERROR });

async function read(): Promise<{ seconds: number; cpu: number }> {
  const consumer = kafka.consumer({ groupId: `bare-${crypto.randomUUID()}`, maxWaitTimeInMs: 100 });
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  const cpu = process.cpuUsage();
  let firstAt: number | undefined;
  let sum = 0;
  let seen = 0;
  const seconds = await new Promise<number>((resolve, reject) => {
    consumer
      .run({
        autoCommit: false,
        eachBatchAutoResolve: true,
        eachBatch: ({ batch }) => {
          firstAt ??= performance.now();
          for (const { value } of batch.messages) {
            sum += (JSON.parse(String(value)) as { id: number }).id;
            seen++;
          }
          if (seen >= messages) resolve((performance.now() - firstAt) / 1000);
          return Promise.resolve();
        },
      })
      .catch(reject);
  });
  const { user, system } = process.cpuUsage(cpu);
  await consumer.disconnect();
  if (sum !== (messages * (messages - 1)) / 2) throw new Error(`${seen} messages add up to ${sum}.`);
  return { seconds, cpu: (user + system) / 1e6 };
}

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
while (!(await lines.next()).done) process.stdout.write(`${JSON.stringify(await read())}\n`);
