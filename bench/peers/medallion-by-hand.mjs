// The models of bench/medallion as somebody would run them in DuckDB by hand: COPY from Parquet to Parquet, no table log, no checks.
// Each line of JSON names the events and a folder for the result.
import { mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { DuckDBInstance } from '@duckdb/node-api';

const models = join(dirname(fileURLToPath(import.meta.url)), '../medallion/workspace/transforms');
const model = (name) => readFileSync(join(models, `${name.replace('.', '/')}.sql`), 'utf8').replace(/\/\*---[\s\S]*?---\*\//, '');

async function refine(events, folder) {
  mkdirSync(folder, { recursive: true });
  const instance = await DuckDBInstance.create(':memory:', {
    threads: '2',
    memory_limit: '2GB',
    temp_directory: join(folder, 'tmp'),
    preserve_insertion_order: 'false',
  });
  const duckdb = await instance.connect();
  await duckdb.run(`set TimeZone = 'UTC'`);
  for (const layer of ['bronze', 'silver', 'gold']) await duckdb.run(`create schema ${layer}`);
  const copy = async (name, select) => {
    const file = join(folder, `${name}.parquet`);
    await duckdb.run(`copy (${select}) to '${file}' (format parquet, compression zstd)`);
    await duckdb.run(`create view ${name} as from read_parquet('${file}')`);
  };
  await copy(
    'bronze.events',
    `select *, now() as _ingested_at, 'events.parquet' as _source, 'by hand' as _batch from '${events}'`,
  );
  for (const name of ['silver.events', 'gold.daily', 'gold.top']) await copy(name, model(name));
  duckdb.closeSync();
  instance.closeSync();
}

for await (const line of createInterface({ input: process.stdin })) {
  const { events, folder } = JSON.parse(line);
  await refine(events, folder);
  process.stdout.write('null\n');
}
