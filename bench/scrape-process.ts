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

/** From the row that was made to the one that says it is over. */
async function scrape(): Promise<{ seconds: number; pages: unknown }> {
  await app.get(DataSource).query('truncate lab.scraped_pages');
  const { id } = await pipelines.trigger('scrape', { trigger: 'manual' });
  for (;;) {
    const { status, error, created_at, finished_at, tasks } = await history.find(id);
    if (finished_at === null) {
      await sleep(20);
    } else if (status !== 'succeeded') {
      throw new Error(`The scrape ended as ${status}: ${error}`);
    } else {
      const [{ result }] = tasks;
      return {
        seconds: (Date.parse(finished_at) - Date.parse(created_at)) / 1000,
        pages: (result as { fetched: number }).fetched,
      };
    }
  }
}

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
while (!(await lines.next()).done) process.stdout.write(`${JSON.stringify(await scrape())}\n`);
await app.close();
