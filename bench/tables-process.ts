import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { DataSource } from 'typeorm';
import { AppModule } from '../src/app.module.js';
import { readConfig } from '../src/config/lab-config.js';
import { LakeService } from '../src/medallion/lake.service.js';
import { ProfileService } from '../src/medallion/profile/profile.service.js';
import { TablePublisher } from '../src/medallion/warehouse/table-publisher.js';
import type { TaskRun } from '../src/pipelines/task-run.types.js';
import { follow } from './orders.js';

/** A whole lab that profiles and publishes tables as it is asked to: `tables-process.js <folder> <database>`. */
const [folder, databaseUrl] = process.argv.slice(2);
const config = readConfig({
  DATA_DIR: `${folder}/data`,
  MODELS_DIR: `${folder}/models`,
  WORKSPACE_DIR: `${folder}/workspace`,
  SAMPLES: 'off',
  SQL_THREADS: '2',
  DATABASE_URL: databaseUrl,
});
const app = await NestFactory.createApplicationContext(AppModule.with(config), { logger: ['error'] });
const silent = (): void => undefined;
const run: TaskRun = {
  ...{ runId: crypto.randomUUID(), task: 'bench', attempt: 1, signal: new AbortController().signal },
  ...{ log: { info: silent, warn: silent, error: silent }, progress: silent },
};

await follow({
  /** A version of the table with the rows of a Parquet file. */
  load: ({ table, file }: { table: string; file: string }) =>
    app.get(LakeService, { strict: false }).write(table, {
      mode: 'overwrite',
      query: { sql: 'SELECT * FROM given', tables: { given: { format: 'parquet', files: [file] } } },
      facts: { run_id: null, inputs: [], keys: [], time: null, targets: [] },
    }),
  /** As if nobody had asked before. */
  profile: async ({ table }: { table: string }) => {
    await app.get(DataSource, { strict: false }).query('delete from lab.dataset_profiles');
    return app.get(ProfileService, { strict: false }).of(table);
  },
  publish: ({ table }: { table: string }) =>
    app.get(TablePublisher, { strict: false }).publish(table, { mode: 'replace', indexes: [] }, run),
});
await app.close();
