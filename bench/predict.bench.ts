import { execFile } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { chmod, copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import autocannon from 'autocannon';
import { PythonEnvironment } from '../test/interop/servers/python-environment.js';
import { LabProcess } from './lab-process.js';
import { memoryOf } from './process-tree.js';
import { type Bench, median, medianRatio, megabytes, type Row } from './row.js';
import { cpuOf, ServedProcess } from './served-process.js';

const ROUNDS = 3;
const CONNECTIONS = 32;
const SECONDS = 5;
const ROOT = join(import.meta.dirname, '../..');
const PEERS = join(ROOT, 'bench/peers');
const SECRET = 'a-secret-for-the-bench-of-32-bytes-or-more';
const PACKAGES = ['scikit-learn==1.9.1', 'numpy==2.4.6', 'fastapi==0.165.0', 'uvicorn==0.54.0', 'PyJWT==2.15.1'];

const FEATURES = Array.from({ length: 8 }, (_, i) => `x${i}`);
const ROW = FEATURES.map((_, i) => (i + 1) / 10);
const FILES = {
  'lab.yaml': 'default_model: friedman\n',
  'sources/rows.yaml': `name: rows
description: Friedman's first benchmark
format: csv
path: rows.csv
csv:
  columns: { ${[...FEATURES, 'y'].map((name) => `${name}: DOUBLE`).join(', ')} }
`,
  'transforms/gold/rows.sql': `/*---
name: gold.rows
description: Friedman's first benchmark
targets: [y]
---*/
select ${[...FEATURES, 'y'].join(', ')} from bronze.rows
`,
  'pipelines/rows.yaml': `name: rows
description: A forest of a hundred trees
tasks:
  load: { uses: etl.load, with: { source: rows } }
  build: { uses: medallion.build, needs: [load] }
  train:
    uses: training.train
    needs: [build]
    with: { dataset: gold.rows, target: y, estimator: random_forest, params: { n_trees: 100 }, model_name: friedman }
`,
};

interface Target {
  readonly url: string;
  readonly token: string;
  readonly pid: number;
}

interface Load {
  readonly perSecond: number;
  readonly p99: number;
  /** Microseconds of the server's processors. */
  readonly cpuPerRequest: number;
  /** Bytes of all processes, what they share counted once. */
  readonly memory: number;
}

/** One row by `/predict` with a token, the same forest and the same load for all, in turns. */
export const predict: Bench = {
  name: 'predict',
  async run(): Promise<Row[]> {
    const folder = await aFolder();
    const lab = await LabProcess.start(folder, { SAMPLES: 'off', WORKSPACE_DIR: join(folder, 'workspace') });
    const others: ServedProcess[] = [];
    try {
      await lab.runPipeline('rows');
      others.push(await fastApi(folder), await fastify(folder));
      const [python, bare] = others.map((other) => ({ url: other.url, token: aToken(), pid: other.pid }));
      const ours = { url: lab.url, token: lab.token, pid: lab.pid };
      return rowsOf(await inTurns({ ours, python, bare }));
    } finally {
      for (const other of others) await other.stop();
      await lab.stop();
      await rm(folder, { recursive: true, force: true });
    }
  },
};

async function aFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'lab-bench-'));
  await chmod(folder, 0o755);
  for (const [path, text] of Object.entries({ ...FILES, 'rows.csv': friedman(5000) })) {
    await mkdir(join(folder, 'workspace', path, '..'), { recursive: true });
    await writeFile(join(folder, 'workspace', path), text);
  }
  await copyFile(join(folder, 'workspace/rows.csv'), join(folder, 'rows.csv'));
  return folder;
}

function friedman(rows: number): string {
  const lines = Array.from({ length: rows }, () => {
    const x = FEATURES.map(() => Math.random());
    const noise = Array.from({ length: 12 }, () => Math.random()).reduce((sum, part) => sum + part, -6);
    const y = 10 * Math.sin(Math.PI * x[0] * x[1]) + 20 * (x[2] - 0.5) ** 2 + 10 * x[3] + 5 * x[4] + noise;
    return [...x, y].join(',');
  });
  return [[...FEATURES, 'y'].join(','), ...lines, ''].join('\n');
}

async function fastApi(folder: string): Promise<ServedProcess> {
  const run = promisify(execFile);
  const { python } = await PythonEnvironment.open('bench-predict', PACKAGES);
  await copyFile(join(PEERS, 'predict_fastapi.py'), join(folder, 'predict_fastapi.py'));
  await run(python, ['-B', 'predict_fastapi.py', folder], { cwd: folder, env: { ...process.env, JWT_SECRET: SECRET } });
  const serve = ['-B', '-m', 'uvicorn', 'predict_fastapi:app', '--port', '0', '--workers', '2', '--no-access-log'];
  return ServedProcess.start(python, serve, { cwd: folder, env: { JWT_SECRET: SECRET } });
}

const fastify = (folder: string): Promise<ServedProcess> =>
  ServedProcess.start(process.execPath, [join(PEERS, 'predict-fastify.mjs')], { cwd: folder, env: { JWT_SECRET: SECRET } });

/** As jsonwebtoken and PyJWT read it. */
function aToken(): string {
  const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');
  const head = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode({ sub: 'bench', exp: 4_102_444_800 })}`;
  return `${head}.${createHmac('sha256', SECRET).update(head).digest('base64url')}`;
}

async function inTurns<Name extends string>(targets: Readonly<Record<Name, Target>>): Promise<Record<Name, Load[]>> {
  const names = Object.keys(targets) as Name[];
  const loads = Object.fromEntries(names.map((name) => [name, [] as Load[]])) as Record<Name, Load[]>;
  for (const name of names) await loadOf(targets[name], 2);
  for (let round = 0; round < ROUNDS; round++) {
    for (const name of names) loads[name].push(await loadOf(targets[name], SECONDS));
  }
  return loads;
}

async function loadOf({ url, token, pid }: Target, duration: number): Promise<Load> {
  const before = cpuOf(pid);
  const result = await autocannon({
    url: `${url}/predict`,
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ features: [ROW] }),
    connections: CONNECTIONS,
    duration,
  });
  if (result.non2xx > 0 || result.errors > 0) throw new Error(`${url} refused ${result.non2xx}, and broke ${result.errors}`);
  const answered = result['2xx'];
  return {
    perSecond: answered / result.duration,
    p99: result.latency.p99,
    cpuPerRequest: ((cpuOf(pid) - before) / answered) * 1e6,
    memory: memoryOf([pid]),
  };
}

function rowsOf({ ours, python, bare }: Readonly<Record<'ours' | 'python' | 'bare', readonly Load[]>>): Row[] {
  const compare = (
    of: (load: Load) => number,
    print: (value: number) => string,
    peer: readonly Load[],
  ): Pick<Row, 'ours' | 'peer' | 'ratio'> => ({
    ours: print(median(ours.map(of))),
    peer: print(median(peer.map(of))),
    ratio: medianRatio(ours.map(of), peer.map(of)),
  });
  const rate = (value: number): string => `${Math.round(value)}/s`;
  const microseconds = (value: number): string => `${Math.round(value)} µs`;
  const milliseconds = (value: number): string => `${value} ms`;
  const perSecond = (load: Load): number => load.perSecond;
  const cpu = (load: Load): number => load.cpuPerRequest;
  return [
    { what: 'predict, requests (peer: FastAPI + scikit-learn)', ...compare(perSecond, rate, python), wanted: 'at least 40' },
    { what: 'predict, p99', ...compare(({ p99 }) => p99, milliseconds, python), wanted: 'at most 0.05' },
    { what: 'predict, CPU a request', ...compare(cpu, microseconds, python) },
    { what: 'predict, memory of all processes', ...compare(({ memory }) => memory, megabytes, python) },
    { what: 'predict, requests (peer: bare Fastify with JWT)', ...compare(perSecond, rate, bare), wanted: 'at least 0.5' },
    { what: 'predict, CPU a request', ...compare(cpu, microseconds, bare) },
  ];
}
