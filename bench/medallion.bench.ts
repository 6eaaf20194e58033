import { execFile } from 'node:child_process';
import { chmod, cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DuckDBInstance } from '@duckdb/node-api';
import { LabProcess } from './lab-process.js';
import { cpuSecondsOf } from './process-tree.js';
import { type Bench, median, medianRatio, megabytes, type Row, seconds } from './row.js';

const ROWS = 10_000_000;
const ROUNDS = 3;
const BENCH = join(import.meta.dirname, '../../bench');

interface Taken {
  readonly seconds: number;
  readonly cpu: number;
}

/** Ten million sales from a file to gold by the whole lab, in turns with the same SQL typed into DuckDB by hand. */
export const medallion: Bench = {
  name: 'medallion',
  async run(): Promise<Row[]> {
    const folder = await mkdtemp(join(tmpdir(), 'lab-bench-'));
    await chmod(folder, 0o755);
    try {
      await cp(join(BENCH, 'medallion/workspace'), join(folder, 'workspace'), { recursive: true });
      await generate(join(folder, 'events.parquet'));
      const ours: (Taken & { peak: number })[] = [];
      const byHand: Taken[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        byHand.push(await typedByHand(folder, round));
        ours.push(await refined(folder, round));
      }
      const of = (taken: readonly Taken[], what: keyof Taken): number[] => taken.map((one) => one[what]);
      const row = (what: string, which: keyof Taken, wanted?: string): Row => ({
        what: `${ROWS / 1e6}M rows to gold, ${what} (peer: the same SQL in DuckDB by hand, to Parquet alone)`,
        ours: seconds(median(of(ours, which))),
        peer: seconds(median(of(byHand, which))),
        ratio: medianRatio(of(ours, which), of(byHand, which)),
        ...(wanted && { wanted }),
      });
      return [
        row('wall time', 'seconds', 'at most 1.3'),
        row('processor time', 'cpu'),
        { what: 'peak RSS of node', ours: megabytes(Math.max(...ours.map(({ peak }) => peak))) },
      ];
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

/** Two in a hundred come twice, one in a hundred has no user, one in two hundred a price below zero, one in a thousand no id. */
async function generate(file: string): Promise<void> {
  const different = Math.floor(ROWS * 0.98);
  const instance = await DuckDBInstance.create(':memory:', { threads: '2', memory_limit: '2GB' });
  const connection = await instance.connect();
  await connection.run(`copy (
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
  connection.disconnectSync();
  instance.closeSync();
}

async function typedByHand(folder: string, round: number): Promise<Taken> {
  const target = join(folder, `by-hand-${round}`);
  const peer = join(BENCH, 'peers/medallion-by-hand.mjs');
  const { stdout } = await promisify(execFile)(process.execPath, [peer, join(folder, 'events.parquet'), target]);
  await rm(target, { recursive: true });
  return JSON.parse(stdout) as Taken;
}

/** By a lab that has nothing yet. */
async function refined(folder: string, round: number): Promise<Taken & { peak: number }> {
  const own = join(folder, `lab-${round}`);
  const lab = await LabProcess.start(own, {
    WORKSPACE_DIR: join(folder, 'workspace'),
    SAMPLES: 'off',
    SQL_THREADS: '2',
    SQL_MEMORY_LIMIT: '2GB',
  });
  try {
    const [started, before] = [performance.now(), cpuSecondsOf([lab.pid])];
    await lab.runPipeline('medallion');
    const taken = { seconds: (performance.now() - started) / 1000, cpu: cpuSecondsOf([lab.pid]) - before };
    return { ...taken, peak: lab.memory().peak };
  } finally {
    await lab.stop();
    await rm(own, { recursive: true, force: true });
  }
}
