// The models of bench/medallion as somebody would run them in DuckDB by hand: COPY from Parquet to Parquet, no table log, no checks.
// Prints {"seconds", "cpu"} as JSON. Usage: node bench/peers/medallion-by-hand.mjs EVENTS.parquet FOLDER
import { mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DuckDBInstance } from '@duckdb/node-api';

const [events, folder] = process.argv.slice(2);
const models = join(dirname(fileURLToPath(import.meta.url)), '../medallion/workspace/transforms');
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
const model = (name) => readFileSync(join(models, `${name.replace('.', '/')}.sql`), 'utf8').replace(/\/\*---[\s\S]*?---\*\//, '');

const [started, before] = [performance.now(), process.cpuUsage()];
await copy('bronze.events', `select *, now() as _ingested_at, 'events.parquet' as _source, 'by hand' as _batch from '${events}'`);
for (const name of ['silver.events', 'gold.daily', 'gold.top']) await copy(name, model(name));
const { user, system } = process.cpuUsage(before);
process.stdout.write(JSON.stringify({ seconds: (performance.now() - started) / 1000, cpu: (user + system) / 1e6 }));
duckdb.closeSync();
instance.closeSync();
