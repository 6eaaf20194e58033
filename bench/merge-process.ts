import { join } from 'node:path';
import { DeltaService } from '../src/delta/delta.service.js';
import { DuckDbSqlEngine } from '../src/engines/sql/duckdb.sql-engine.js';
import { LocalStorage } from '../src/engines/storage/local.storage.js';
import { follow } from './orders.js';

/** Tables of a lake that are changed as they are asked to be: `merge-process.js <lake>`. */
const [folder] = process.argv.slice(2);
const storage = await LocalStorage.open(folder);
const sql = await DuckDbSqlEngine.open({ threads: 2, memoryLimit: '2GB', tempFolder: join(folder, '../tmp') });
const delta = new DeltaService(storage, sql);

await follow({
  merge: ({ table, source }: { table: string; source: string }) =>
    delta.merge(table, {
      source: { sql: 'SELECT * FROM changes', tables: { changes: { format: 'parquet', files: [source] } } },
      keys: ['event_id'],
      whenMatched: [{ update: 'all' }],
      whenNotMatched: [{ insert: 'all' }],
    }),
});
await sql.close();
