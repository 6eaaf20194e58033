// DuckDB on two threads that estimates the numbers of different values of all columns in one scan. Each line of JSON names the files
// of a table, each answer is the estimates.
import { createInterface } from 'node:readline';
import { DuckDBInstance } from '@duckdb/node-api';

const instance = await DuckDBInstance.create(':memory:', { threads: '2', memory_limit: '1GB' });
const duckdb = await instance.connect();

for await (const line of createInterface({ input: process.stdin })) {
  const { files } = JSON.parse(line);
  const reader = await duckdb.runAndReadAll(
    `select approx_count_distinct(columns(*)) from read_parquet([${files.map((file) => `'${file}'`)}])`,
  );
  process.stdout.write(`${JSON.stringify(reader.getRowObjectsJson()[0])}\n`);
}
duckdb.closeSync();
instance.closeSync();
