import { readdirSync, statSync } from 'node:fs';
import { DuckDBInstance } from '@duckdb/node-api';
import { openInstance } from '../src/engines/sql/duckdb/instance.js';
import { copyStatement, resultColumns } from '../src/engines/sql/duckdb/parquet-copy.js';
import { follow } from './orders.js';

/** A DuckDB on two threads that does as it is told: set as the lab has it, or as it comes. `engine-process.js <ours|bare> <folder>` */
const [kind, folder] = process.argv.slice(2);
const size = { threads: 2, memoryLimit: '2GB', spillFolder: `${folder}/spill` };
const instance =
  kind === 'ours'
    ? await openInstance(size)
    : await DuckDBInstance.create(':memory:', { threads: '2', memory_limit: '2GB', temp_directory: size.spillFolder });
const duckdb = await instance.connect();

await follow({
  run: async ({ sql }: { sql: string }) => void (await duckdb.run(sql)),
  /** @returns how many bytes the Parquet files have */
  write: async ({ select, to }: { select: string; to: string }) => {
    const columns = resultColumns(await duckdb.run(`FROM (${select}) LIMIT 0`));
    const bare = `COPY (${select}) TO '${to}' (FORMAT parquet, COMPRESSION zstd, FILE_SIZE_BYTES 134217728)`;
    await duckdb.run(kind === 'ours' ? copyStatement(select, columns, { folder: to, id: 'bench' }).sql : bare);
    return readdirSync(to).reduce((sum, name) => sum + statSync(`${to}/${name}`).size, 0);
  },
});
duckdb.closeSync();
instance.closeSync();
