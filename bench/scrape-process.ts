import 'reflect-metadata';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { NestFactory } from '@nestjs/core';
import { DataSource } from 'typeorm';
import { AppModule } from '../src/app.module.js';
import { readConfig } from '../src/config/lab-config.js';
import { RunHistory } from '../src/pipelines/history/run-history.js';
import { PipelinesService } from '../src/pipelines/pipelines.service.js';

/** A whole lab: `scrape-process.js <folder> <url of the shop>`. Each line asks for a scrape of everything, as if it were the first. */
const [folder, shop] = process.argv.slice(2);
const config = readConfig({
  DATA_DIR: `${folder}/data`,
  MODELS_DIR: `${folder}/models`,
  WORKSPACE_DIR: `${folder}/workspace`,
  SAMPLES: 'off',
  SCRAPER_BASE_URL: shop,
  SCRAPER_RATE: '10000',
});
const app = await NestFactory.createApplicationContext(AppModule.with(config), { logger: ['error'] });
const pipelines = app.get(PipelinesService, { strict: false });
const history = app.get(RunHistory, { strict: false });

/** From the beginning of the task to its end. */
async function scrape(): Promise<{ seconds: number }> {
  await app.get(DataSource).query('truncate lab.scraped_pages');
  const { id } = await pipelines.trigger('scrape', { trigger: 'manual' });
  for (;;) {
    const { status, error, finished_at, tasks } = await history.find(id);
    if (finished_at === null) {
      await sleep(250);
    } else if (status !== 'succeeded') {
      throw new Error(`The scrape ended as ${status}: ${error}`);
    } else {
      const [task] = tasks;
      return { seconds: (Date.parse(task.finished_at!) - Date.parse(task.started_at!)) / 1000 };
    }
  }
}

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
while (!(await lines.next()).done) process.stdout.write(`${JSON.stringify(await scrape())}\n`);
await app.close();
