import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeltaService } from '../src/delta/delta.service.js';
import { DuckDbSqlEngine } from '../src/engines/sql/duckdb.sql-engine.js';
import { LocalStorage } from '../src/engines/storage/local.storage.js';
import { PythonEnvironment } from '../test/interop/servers/python-environment.js';
import { type Bench, median, medianRatio, megabytes, type Row } from './row.js';

const PACKAGES = ['deltalake==1.6.6', 'pyarrow==23.0.1', 'duckdb==1.5.5', 'duckdb-extension-delta==1.5.5'];
const PEER = join(import.meta.dirname, '../../bench/peers/append-deltalake.py');

const COMMITS = 1_000;
/** So many commits at a time in turns, so that a machine that slows down slows both. */
const TURN = 100;
const LONG_LOG = 10_000;
const ROUNDS = 7;

/** A thousand small appends in turns with delta-rs, and how fast a table with a long log opens. */
export const delta: Bench = {
  name: 'delta',
  async run(): Promise<Row[]> {
    const folder = await mkdtemp(join(tmpdir(), 'delta-bench-'));
    const storage = await LocalStorage.open(join(folder, 'lake'));
    const sql = await DuckDbSqlEngine.open({ threads: 2, memoryLimit: '1GB', tempFolder: join(folder, 'tmp') });
    try {
      return [...(await appends(folder, new DeltaService(storage, sql))), ...(await opening(folder, storage, sql))];
    } finally {
      await sql.close();
      await rm(folder, { recursive: true, force: true });
    }
  },
};

async function appends(folder: string, service: DeltaService): Promise<Row[]> {
  const python = await PythonEnvironment.open('deltalake', PACKAGES);
  const [ours, theirs]: number[][] = [[], []];
  for (let done = 0; done < COMMITS; done += TURN) {
    ours.push(await appended(service, TURN));
    theirs.push(await python.run<number>(PEER, join(folder, 'delta-rs'), String(TURN)));
  }
  const perSecond = (seconds: readonly number[]): number => COMMITS / seconds.reduce((sum, value) => sum + value, 0);
  const last = (seconds: readonly number[]): number => TURN / seconds[seconds.length - 1];
  return [
    {
      what: `${COMMITS} appends of 10 rows with fsync (peer: delta-rs without)`,
      ours: `${perSecond(ours).toFixed(0)} commits/s`,
      peer: `${perSecond(theirs).toFixed(0)} commits/s`,
      ratio: perSecond(ours) / perSecond(theirs),
      wanted: 'at least 1',
    },
    {
      what: `the last ${TURN} of them`,
      ours: `${last(ours).toFixed(0)} commits/s`,
      peer: `${last(theirs).toFixed(0)} commits/s`,
      ratio: last(ours) / last(theirs),
    },
  ];
}

async function appended(service: DeltaService, commits: number): Promise<number> {
  const started = performance.now();
  for (let batch = 0; batch < commits; batch++) {
    const query = { sql: `SELECT ${batch}::BIGINT AS batch, i AS id FROM range(10) AS r(i)` };
    await service.write('bench.appends', { mode: 'append', query });
  }
  return (performance.now() - started) / 1000;
}

async function opening(folder: string, storage: LocalStorage, sql: DuckDbSqlEngine): Promise<Row[]> {
  const table = 'bench.long';
  await longLog(join(folder, 'lake/bench/long'), new DeltaService(storage, sql), table);
  const file = await storage.localFile(`bench/long/_delta_log/${String(LONG_LOG).padStart(20, '0')}.checkpoint.parquet`);
  const [opened, read]: number[][] = [[], []];
  const before = process.memoryUsage().rss;
  for (let round = 0; round < ROUNDS; round++) {
    read.push(
      await timed(async () => {
        const log = { format: 'parquet' as const, files: [file] };
        let rows = 0;
        for await (const chunk of sql.read({ sql: 'SELECT * FROM log', tables: { log } })) rows += chunk.rows;
        if (rows < LONG_LOG) throw new Error(`The checkpoint holds only ${rows} actions`);
      }),
    );
    opened.push(await timed(() => new DeltaService(storage, sql).snapshot(table)));
  }
  return [
    {
      what: `snapshot of a table with ${LONG_LOG} commits (peer: reading the Parquet of its checkpoint)`,
      ours: `${median(opened).toFixed(0)} ms`,
      peer: `${median(read).toFixed(0)} ms`,
      ratio: medianRatio(opened, read),
      wanted: 'at most 3',
    },
    { what: 'RSS that opening it adds', ours: megabytes(Math.max(0, process.memoryUsage().rss - before)) },
  ];
}

/** One real commit, many written by hand whose files are not there, and one more that brings the checkpoint. */
async function longLog(folder: string, service: DeltaService, table: string): Promise<void> {
  const query = { sql: 'SELECT i AS batch, i AS id FROM range(10) AS r(i)' };
  await service.write(table, { mode: 'append', query });
  await mkdir(join(folder, '_delta_log'), { recursive: true });
  for (let version = 1; version < LONG_LOG; version++) {
    const stats = `{"numRecords":10,"minValues":{"batch":${version},"id":0},"maxValues":{"batch":${version},"id":9},"nullCount":{"batch":0,"id":0}}`;
    const path = `part-00000-${crypto.randomUUID()}.zstd.parquet`;
    const add = { path, partitionValues: {}, size: 512, modificationTime: version, dataChange: true, stats };
    const entry = `${JSON.stringify({ commitInfo: { timestamp: Date.now(), operation: 'WRITE' } })}\n${JSON.stringify({ add })}\n`;
    await writeFile(join(folder, '_delta_log', `${String(version).padStart(20, '0')}.json`), entry);
  }
  await service.write(table, { mode: 'append', query });
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}
