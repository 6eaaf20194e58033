import { cp, link, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeltaService } from '../src/delta/delta.service.js';
import { DuckDbSqlEngine } from '../src/engines/sql/duckdb.sql-engine.js';
import { LocalStorage } from '../src/engines/storage/local.storage.js';
import { PythonEnvironment } from '../test/interop/servers/python-environment.js';
import { Contender } from './contender.js';
import { startSpark } from './peer-spark.js';
import type { Bench, BenchSettings, Row } from './row.js';
import { inDuckDb, sales, salesOf } from './sales.js';
import { type Spent, spentBy, spentRows } from './spent.js';

const PACKAGES = ['deltalake==1.6.6', 'pyarrow==23.0.1', 'duckdb==1.5.5', 'duckdb-extension-delta==1.5.5'];
const PEER = join(import.meta.dirname, '../../bench/peers/merge-deltalake.py');

const ROWS = 10_000_000;
const FILES = 10;
const CHANGES = 100_000;
const NEW = CHANGES / 5;
const ROUNDS = 3;

/** Four in five rows have a key of the table. Where in it they stand decides how many of its files are rewritten. */
const CONTESTS = [
  { name: 'spread', keys: 'all over the table', key: `i * ${ROWS / (CHANGES - NEW)} + hash(i) % ${ROWS / (CHANGES - NEW)}` },
  { name: 'newest', keys: 'of its newest rows', key: `${ROWS} - 1 - i * 10` },
];

/** Who merges: a table of each has the same files. */
interface Merger {
  readonly name: string;
  readonly contender: Contender;
}

/** A hundred thousand sales into ten million, in turns with delta-rs and, when it is asked for, Spark. */
export const merge: Bench = {
  name: 'merge',
  async run({ spark = false }: BenchSettings): Promise<Row[]> {
    const folder = await mkdtemp(join(tmpdir(), 'lab-bench-'));
    const lake = join(folder, 'lake');
    const storage = await LocalStorage.open(lake);
    const sql = await DuckDbSqlEngine.open({ threads: 2, memoryLimit: '2GB', tempFolder: join(folder, 'tmp') });
    const { python } = await PythonEnvironment.open('deltalake', PACKAGES);
    const mergers = [
      { name: 'ours', contender: Contender.start(process.execPath, [join(import.meta.dirname, 'merge-process.js'), lake]) },
      { name: 'delta_rs', contender: Contender.start(python, ['-B', PEER]) },
      ...(spark ? [{ name: 'spark', contender: await startSpark(folder) }] : []),
    ];
    try {
      const delta = new DeltaService(storage, sql);
      for (let file = 0; file < FILES; file++) {
        const query = { sql: sales((file * ROWS) / FILES, ((file + 1) * ROWS) / FILES) };
        await delta.write('bench.sales', { mode: 'append', query });
      }
      const rows: Row[] = [];
      for (const contest of CONTESTS) {
        const source = join(folder, `${contest.name}.parquet`);
        await writeChanges(contest.key, source);
        const same = (tables: readonly string[]): Promise<void> => refuseDifferent(storage, sql, tables);
        rows.push(...(await compete(mergers, { ...contest, lake, source, same })));
      }
      return rows;
    } finally {
      await Promise.all(mergers.map(({ contender }) => contender.stop()));
      await sql.close();
      await rm(folder, { recursive: true, force: true });
    }
  },
};

/** Rows whose key is there get another price and an hour more. */
function writeChanges(key: string, file: string): Promise<void> {
  const ids = `select (${key})::bigint as i from range(${CHANGES - NEW}) r(i)`;
  const known = `select * replace (ts + interval 1 hour as ts, (price + 1)::decimal(12, 2) as price) from (${salesOf(ids)})`;
  const rows = `from (${known} union all ${sales(ROWS, ROWS + NEW)}) order by hash(event_id)`;
  return inDuckDb(`copy (${rows}) to '${file}' (format parquet)`);
}

interface Contest {
  readonly name: string;
  readonly lake: string;
  readonly source: string;
  readonly keys: string;
  same(tables: readonly string[]): Promise<void>;
}

async function compete(mergers: readonly Merger[], { name: contest, lake, source, keys, same }: Contest): Promise<Row[]> {
  const spent = mergers.map((): Spent[] => []);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [index, { name, contender }] of mergers.entries()) {
      const table = `${name}_${contest}_${round}`;
      const folder = join(lake, 'bench', table);
      await copyTable(join(lake, 'bench/sales'), folder);
      const order = { table: `bench.${table}`, folder, source };
      spent[index].push(await spentBy([contender.pid], () => contender.ask('merge', order)));
    }
    const tables = mergers.map(({ name }) => `${name}_${contest}_${round}`);
    if (round === 0) await same(tables.map((table) => `bench.${table}`));
    await Promise.all(tables.map((table) => rm(join(lake, 'bench', table), { recursive: true })));
  }
  const [ours, deltaRs, spark] = spent;
  const what = `${CHANGES / 1000}k rows into ${ROWS / 1e6}M, keys ${keys}`;
  return [
    ...spentRows(`${what} (peer: delta-rs)`, { ours, peers: deltaRs }, { seconds: 'at most 1.5' }),
    ...(spark ? spentRows(`${what} (peer: Spark)`, { ours, peers: spark }, { seconds: 'at most 0.125' }) : []),
  ];
}

/** Files of data are never written to again, and stand in both. */
async function copyTable(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  await cp(join(from, '_delta_log'), join(to, '_delta_log'), { recursive: true });
  const files = (await readdir(from)).filter((name) => name.endsWith('.parquet'));
  await Promise.all(files.map((name) => link(join(from, name), join(to, name))));
}

/** @throws when two tables do not have the same rows */
async function refuseDifferent(storage: LocalStorage, sql: DuckDbSqlEngine, tables: readonly string[]): Promise<void> {
  const delta = new DeltaService(storage, sql);
  const found: string[] = [];
  for (const table of tables) {
    const t = await delta.relation(await delta.snapshot(table));
    const query = 'SELECT count(*) AS rows, sum(price) AS price, bit_xor(hash(t)) AS print FROM t';
    found.push(JSON.stringify(await sql.rows({ sql: query, tables: { t } }), (_, value: unknown) => String(value)));
  }
  if (new Set(found).size > 1) {
    throw new Error(`The merged tables differ: ${tables.map((table, i) => `${table} ${found[i]}`).join(', ')}`);
  }
}
