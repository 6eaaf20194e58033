import { chmod, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmbeddedPostgres } from '../src/engines/database/embedded/embedded-postgres.js';
import { Contender } from './contender.js';
import type { Bench, Row } from './row.js';
import { inDuckDb, sales } from './sales.js';
import { type Spent, spentBy, spentRows } from './spent.js';

const ROWS = 10_000_000;
const ROUNDS = 3;
const TABLE = 'silver.sales';
const PEER = join(import.meta.dirname, '../../bench/peers/count-distinct.mjs');

/** What there is to know of ten columns, in turns with one look at their numbers of different values; both may use two threads. */
export const profile: Bench = {
  name: 'profile',
  async run(): Promise<Row[]> {
    const folder = await mkdtemp(join(tmpdir(), 'lab-bench-'));
    await chmod(folder, 0o755);
    await mkdir(join(folder, 'workspace'));
    const file = join(folder, 'sales.parquet');
    const further = `price::double * quantity as revenue, ts::date as day, country || '-' || product_id as product`;
    await inDuckDb(`copy (select *, ${further} from (${sales(0, ROWS)})) to '${file}' (format parquet)`);
    const server = await EmbeddedPostgres.start(join(folder, 'postgres'));
    const lab = Contender.start(process.execPath, [join(import.meta.dirname, 'tables-process.js'), folder, server.url]);
    const bare = Contender.start(process.execPath, [PEER]);
    try {
      await lab.ask('load', { table: TABLE, file });
      const data = join(folder, 'data/lake/silver/sales');
      const files = (await readdir(data)).filter((name) => name.endsWith('.parquet')).map((name) => join(data, name));
      const [ours, peers]: Spent[][] = [[], []];
      // The first of each is cold.
      for (let round = 0; round <= ROUNDS; round++) {
        ours.push(await spentBy([lab.pid], () => lab.ask('profile', { table: TABLE })));
        peers.push(await spentBy([bare.pid], () => bare.ask('count', { files })));
      }
      const what = `profile of ${ROWS / 1e6}M rows in 10 columns (peer: approx_count_distinct of each)`;
      return spentRows(what, { ours: ours.slice(1), peers: peers.slice(1) }, { seconds: 'at most 3' });
    } finally {
      await Promise.all([lab.stop(), bare.stop()]);
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    }
  },
};
