import { chmod, cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Contender } from './contender.js';
import { LabProcess } from './lab-process.js';
import { startSpark } from './peer-spark.js';
import type { Bench, BenchSettings, Row } from './row.js';
import { inDuckDb } from './sales.js';
import { type Spent, spentBy, spentRows } from './spent.js';

const ROWS = 10_000_000;
const ROUNDS = 3;
const BENCH = join(import.meta.dirname, '../../bench');

/** Ten million sales from a file to gold by the whole lab, in turns with the same SQL typed into DuckDB by hand and, when asked for, Spark. */
export const medallion: Bench = {
  name: 'medallion',
  async run({ spark: withSpark = false }: BenchSettings): Promise<Row[]> {
    const folder = await mkdtemp(join(tmpdir(), 'lab-bench-'));
    await chmod(folder, 0o755);
    const byHand = Contender.start(process.execPath, [join(BENCH, 'peers/medallion-by-hand.mjs')]);
    const spark = withSpark ? await startSpark(folder) : undefined;
    try {
      await cp(join(BENCH, 'medallion/workspace'), join(folder, 'workspace'), { recursive: true });
      await generate(join(folder, 'events.parquet'));
      const [ours, hand, sparks]: Spent[][] = [[], [], []];
      for (let round = 0; round < ROUNDS; round++) {
        hand.push(await refinedBy(byHand, folder));
        ours.push(await refined(folder));
        if (spark) sparks.push(await refinedBy(spark, folder));
      }
      const what = `${ROWS / 1e6}M rows to gold`;
      const wanted = { seconds: 'at most 0.333', cpu: 'at most 0.167' };
      return [
        ...spentRows(`${what} (peer: DuckDB by hand, to Parquet alone)`, { ours, peers: hand }, { seconds: 'at most 1.3' }),
        ...(spark ? spentRows(`${what} (peer: Spark with Delta)`, { ours, peers: sparks }, wanted) : []),
      ];
    } finally {
      await Promise.all([byHand.stop(), spark?.stop()]);
      await rm(folder, { recursive: true, force: true });
    }
  },
};

/** Two in a hundred come twice, one in a hundred has no user, one in two hundred a price below zero, one in a thousand no id. */
async function generate(file: string): Promise<void> {
  const different = Math.floor(ROWS * 0.98);
  await inDuckDb(`copy (
    with drawn as (
      select i, hash(i * 7919 + 13) a, hash(i * 104729 + 31) b, hash(i * 15485863 + 5) c, hash(i * 32452843 + 77) d, hash(i * 49979687 + 3) e
      from range(${ROWS}) r(i)
    )
    select
      case when e % 1000 > 0 then (case when i < ${different} then i else a % ${different} end)::bigint end as event_id,
      timestamptz '2026-01-01 00:00:00Z' + to_microseconds((i * (86400000000 * 90 // ${ROWS}) + b % 1000000 + (i >= ${different})::int * 86400000000)::bigint) as ts,
      case when c % 100 > 0 then (a % 500000)::bigint end as user_id,
      floor(10000 * power((b % 1000000) / 1000000.0, 2))::int as product_id,
      round((case when d % 200 = 0 then -1.0 else 1.0 end) * (1 + (d % 49900) / 100.0), 2)::double as price,
      (1 + e % 5)::int as quantity,
      'C' || lpad(floor(30 * power((c % 1000000) / 1000000.0, 1.5))::int::varchar, 2, '0') as country
    from drawn
  ) to '${file}' (format parquet, compression snappy, row_group_size 500000)`);
}

async function refinedBy(contender: Contender, folder: string): Promise<Spent> {
  const target = join(folder, 'theirs');
  const spent = await spentBy([contender.pid], () =>
    contender.ask('refine', { events: join(folder, 'events.parquet'), folder: target }),
  );
  await rm(target, { recursive: true });
  return spent;
}

/** By a lab that has nothing yet. */
async function refined(folder: string): Promise<Spent> {
  const own = join(folder, 'ours');
  const lab = await LabProcess.start(own, {
    WORKSPACE_DIR: join(folder, 'workspace'),
    SAMPLES: 'off',
    SQL_THREADS: '2',
    SQL_MEMORY_LIMIT: '2GB',
  });
  try {
    return await spentBy([lab.pid], () => lab.runPipeline('medallion'));
  } finally {
    await lab.stop();
    await rm(own, { recursive: true, force: true });
  }
}
