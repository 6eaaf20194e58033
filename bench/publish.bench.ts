import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmbeddedPostgres } from '../src/engines/database/embedded/embedded-postgres.js';
import { Contender } from './contender.js';
import type { Bench, Row } from './row.js';
import { inDuckDb, sales } from './sales.js';
import { type Spent, spentBy, spentRows } from './spent.js';

const ROWS = 1_000_000;
const ROUNDS = 7;
const TABLE = 'gold.sales';
const COLUMNS = `event_id bigint, ts timestamptz, user_id bigint, product_id integer, price numeric(12, 2), quantity integer, country text`;

/** A million sales from the lake into PostgreSQL, in turns with COPY of the same rows in CSV into the same server; its work counts. */
export const publish: Bench = {
  name: 'publish',
  async run(): Promise<Row[]> {
    const folder = await mkdtemp(join(tmpdir(), 'lab-bench-'));
    await chmod(folder, 0o755);
    await mkdir(join(folder, 'workspace'));
    const [rows, file, csv] = [sales(0, ROWS), join(folder, 'sales.parquet'), join(folder, 'sales.csv')];
    await inDuckDb(`copy (${rows}) to '${file}' (format parquet)`, `copy (${rows}) to '${csv}' (format csv, header false)`);
    const server = await EmbeddedPostgres.start(join(folder, 'postgres'));
    const start = (name: string, ...args: string[]): Contender =>
      Contender.start(process.execPath, [join(import.meta.dirname, name), ...args]);
    const lab = start('tables-process.js', folder, server.url);
    const bare = start('bare-copy.js', server.url);
    try {
      const [ours, peers]: Spent[][] = [[], []];
      // The first of each is cold.
      for (let round = 0; round <= ROUNDS; round++) {
        await lab.ask('load', { table: TABLE, file });
        ours.push(await spentBy([lab.pid, server.pid], () => lab.ask('publish', { table: TABLE })));
        await bare.ask('make', { columns: COLUMNS });
        peers.push(await spentBy([bare.pid, server.pid], () => bare.ask('copy', { file: csv })));
      }
      const what = `${ROWS / 1e6}M rows into PostgreSQL (peer: COPY of them as CSV)`;
      return spentRows(what, { ours: ours.slice(1), peers: peers.slice(1) }, { seconds: 'at most 1.5' });
    } finally {
      await Promise.all([lab.stop(), bare.stop()]);
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    }
  },
};
