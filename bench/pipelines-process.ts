import 'reflect-metadata';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { z } from 'zod';
import { AppModule } from '../src/app.module.js';
import { readConfig } from '../src/config/lab-config.js';
import { RunHistory } from '../src/pipelines/history/run-history.js';
import { PipelinesService } from '../src/pipelines/pipelines.service.js';
import type { Run } from '../src/pipelines/run.schema.js';
import { Task } from '../src/pipelines/task.decorator.js';

/** A whole lab with one task more, that does nothing: `pipelines-process.js <folder>`. Each line names a pipeline to run. */
@Injectable()
class BenchTasks {
  firstAt: number | undefined;

  @Task('bench.nothing', z.strictObject({}))
  async nothing(): Promise<void> {
    this.firstAt ??= performance.now();
  }
}

const [folder] = process.argv.slice(2);
const config = readConfig({
  DATA_DIR: `${folder}/data`,
  MODELS_DIR: `${folder}/models`,
  WORKSPACE_DIR: `${folder}/workspace`,
  SAMPLES: 'off',
});

@Module({ imports: [AppModule.with(config)], providers: [BenchTasks] })
class BenchModule {}

const app = await NestFactory.createApplicationContext(BenchModule, { logger: ['error'] });
const tasks = app.get(BenchTasks);
const pipelines = app.get(PipelinesService, { strict: false });
const history = app.get(RunHistory, { strict: false });

async function ended(id: string): Promise<Run> {
  for (;;) {
    const run = await history.find(id);
    if (run.finished_at !== null) return run;
    await sleep(20);
  }
}

/** From the call to the first line of the first task, and from the row that was made to the one that says it is over. */
async function run(pipeline: string): Promise<{ seconds: number; toFirstTask: number }> {
  tasks.firstAt = undefined;
  const begun = performance.now();
  const { id } = await pipelines.trigger(pipeline, { trigger: 'manual' });
  const { status, created_at, finished_at } = await ended(id);
  if (status !== 'succeeded') throw new Error(`The run of ${pipeline} ended as ${status}.`);
  return {
    seconds: (Date.parse(finished_at!) - Date.parse(created_at)) / 1000,
    toFirstTask: (tasks.firstAt! - begun) / 1000,
  };
}

for await (const line of createInterface({ input: process.stdin })) {
  const { pipeline } = JSON.parse(line) as { pipeline: string };
  process.stdout.write(`${JSON.stringify(await run(pipeline))}\n`);
}
await app.close();
