// The models of workspace/transforms as somebody would run them in DuckDB by hand: views over files, COPY to Parquet, no table log,
// no checks but the filters that the headers ask for. Prints the seconds from bronze to gold.
// Usage: node bench/peers/flights-by-hand.mjs FOLDER
import { mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DuckDBInstance } from '@duckdb/node-api';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const folder = join(process.argv[2], 'by-hand');
mkdirSync(folder, { recursive: true });
const instance = await DuckDBInstance.create(':memory:', { memory_limit: '1GB', temp_directory: join(folder, 'tmp') });
const duckdb = await instance.connect();
await duckdb.run(`set TimeZone = 'UTC'`);
for (const layer of ['bronze', 'silver', 'gold']) await duckdb.run(`create schema ${layer}`);

const sample = (name) => join(root, 'node_modules/vega-datasets/data', name);
const copy = async (name, select) => {
  const file = join(folder, `${name}.parquet`);
  await duckdb.run(`copy (${select}) to '${file}' (format parquet, compression zstd)`);
  await duckdb.run(`create view ${name} as from read_parquet('${file}')`);
};
const model = (name) =>
  readFileSync(join(root, 'workspace/transforms', `${name.replace('.', '/')}.sql`), 'utf8').replace(/\/\*---[\s\S]*?---\*\//, '');

await copy(
  'bronze.flights',
  `select *, now() as _ingested_at, 'flights-3m.parquet' as _source, 'by hand' as _batch from '${sample('flights-3m.parquet')}'`,
);
await copy('bronze.airports', `select * from '${sample('airports.csv')}'`);

const started = performance.now();
await copy(
  'silver.flights',
  `select * from (${model('silver.flights')}) where delay between -120 and 2000 and distance between 1 and 6000`,
);
await copy('gold.routes', model('gold.routes'));
await copy('gold.delay_training', model('gold.delay_training'));
process.stdout.write(String((performance.now() - started) / 1000));
duckdb.closeSync();
instance.closeSync();
