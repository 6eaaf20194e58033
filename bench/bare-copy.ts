import { createReadStream } from 'node:fs';
import pg from 'pg';
import { copyIn } from '../src/medallion/warehouse/transfer/copy-in.js';
import { follow } from './orders.js';

/** Nothing but COPY of a CSV file into a table that is there, empty: `bare-copy.js <database>`. */
const [connectionString] = process.argv.slice(2);
const client = new pg.Client({ connectionString });
await client.connect();

await follow({
  make: ({ columns }: { columns: string }) =>
    client.query(`drop table if exists bare; create table bare (${columns})`).then(() => null),
  copy: ({ file }: { file: string }) =>
    copyIn(client, 'copy bare from stdin (format csv)', createReadStream(file, { highWaterMark: 65_536 })),
});
await client.end();
