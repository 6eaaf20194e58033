import 'reflect-metadata';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { NestFactory } from '@nestjs/core';
import { AppModule } from '../src/app.module.js';
import { readConfig } from '../src/config/lab-config.js';
import { DeltaService } from '../src/delta/delta.service.js';
import { StreamLog } from '../src/engines/stream/stream.port.js';
import { LandingService } from '../src/ingestion/landing.service.js';
import { bronzeOf } from '../src/ingestion/topic.types.js';
import { TopicsService } from '../src/ingestion/topics.service.js';

/** A whole lab that lands a topic as often as it is asked to: `landing-process.js <folder> <brokers> <topic> <messages>`. */
const [folder, brokers, topic, count] = process.argv.slice(2);
const messages = Number(count);
const table = bronzeOf(topic);
const PARTITIONS = 2;

const config = readConfig({
  DATA_DIR: `${folder}/data`,
  MODELS_DIR: `${folder}/models`,
  WORKSPACE_DIR: `${folder}/workspace`,
  SAMPLES: 'off',
  KAFKA_BROKERS: brokers,
});
const app = await NestFactory.createApplicationContext(AppModule.with(config), { logger: ['error'] });
const log = app.get<StreamLog>(StreamLog, { strict: false });
const landing = app.get(LandingService, { strict: false });
const delta = app.get(DeltaService, { strict: false });

let firstAt: number | undefined;
const subscribe = log.subscribe.bind(log);
log.subscribe = (plan) =>
  subscribe({
    ...plan,
    onBatch: (batch, owner) => {
      firstAt ??= performance.now();
      return plan.onBatch(batch, owner);
    },
  });

async function make(): Promise<null> {
  await app.get(TopicsService, { strict: false }).create({ name: topic, partitions: PARTITIONS });
  await landing.pause(topic);
  return null;
}

/** All of it once more, into a table that is empty. */
async function land(): Promise<{ seconds: number; cpu: number; commits: number }> {
  await landing.replay(topic, { positions: Array.from({ length: PARTITIONS }, (_, partition) => ({ partition, offset: 0 })) });
  const before = (await delta.exists(table)) ? (await delta.snapshot(table)).version : -1;
  firstAt = undefined;
  const cpu = process.cpuUsage();
  await landing.resume(topic);
  for (let landed = 0; landed < messages; await sleep(25)) {
    if (await delta.exists(table)) landed = (await delta.snapshot(table)).rows;
  }
  const seconds = (performance.now() - firstAt!) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  await landing.pause(topic);
  const { rows, version } = await delta.snapshot(table);
  if (rows !== messages) throw new Error(`${rows} rows of ${messages} messages are in the table.`);
  return { seconds, cpu: (user + system) / 1e6, commits: version - before };
}

for await (const line of createInterface({ input: process.stdin })) {
  const { do: what } = JSON.parse(line) as { do: 'make' | 'land' };
  process.stdout.write(`${JSON.stringify(what === 'make' ? await make() : await land())}\n`);
}
await app.close();
