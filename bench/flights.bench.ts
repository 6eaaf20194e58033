import { execFile } from 'node:child_process';
import { chmod, cp, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { LabProcess } from './lab-process.js';
import { type Bench, median, medianRatio, megabytes, type Row, seconds } from './row.js';

const ROUNDS = 5;
const IDLE_SECONDS = 30;
const ROOT = join(import.meta.dirname, '../..');
const REBUILD = `name: rebuild
description: Every model anew from bronze
tasks:
  build: { uses: medallion.build, with: { force: true } }
`;

interface Run {
  readonly status: string;
  readonly created_at: string;
  readonly finished_at: string;
  readonly tasks: readonly { readonly result?: { readonly models?: readonly { readonly seconds: number }[] } }[];
}

/** The sample pipeline on an empty folder, then bronze to gold in turns with the same SQL typed into DuckDB by hand. */
export const flights: Bench = {
  name: 'flights',
  async run(): Promise<Row[]> {
    const folder = await aFolder();
    const environment = { SAMPLES: 'on', WORKSPACE_DIR: join(folder, 'workspace') };
    try {
      const first = await LabProcess.start(folder, environment);
      const sample = await finished(first, 'flights');
      const refined: number[] = [];
      const byHand: number[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        byHand.push(await typedByHand(folder));
        refined.push(await rebuilt(first));
      }
      const { peak } = first.memory();
      await first.stop();
      const second = await LabProcess.start(folder, environment);
      await wait(IDLE_SECONDS * 1000);
      const { now: idle } = second.memory();
      await second.stop();
      return [
        {
          what: 'flights, bronze to gold (peer: the same SQL in DuckDB by hand, to Parquet)',
          ours: seconds(median(refined)),
          peer: seconds(median(byHand)),
          ratio: medianRatio(refined, byHand),
          wanted: 'at most 1.5',
        },
        { what: 'flights, peak RSS of node', ours: megabytes(peak), wanted: 'under 1500 MB' },
        { what: 'flights, file to two models', ours: seconds(secondsOf(sample)), wanted: 'within 90 s' },
        { what: 'start on an empty folder to ready', ours: seconds(first.secondsToReady), wanted: 'initdb + 6 s' },
        { what: 'warm start to ready', ours: seconds(second.secondsToReady), wanted: 'under 4 s' },
        { what: `RSS of node, idle ${IDLE_SECONDS} s after a warm start`, ours: megabytes(idle), wanted: 'under 250 MB' },
      ];
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

/** With the sample workspace in it, and beside that what its sources refer to. */
async function aFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'lab-bench-'));
  await chmod(folder, 0o755);
  await cp(join(ROOT, 'workspace'), join(folder, 'workspace'), { recursive: true });
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  await writeFile(join(folder, 'workspace/pipelines/rebuild.yaml'), REBUILD);
  return folder;
}

async function typedByHand(folder: string): Promise<number> {
  const { stdout } = await promisify(execFile)(process.execPath, [join(ROOT, 'bench/peers/flights-by-hand.mjs'), folder]);
  return Number(stdout);
}

async function rebuilt(lab: LabProcess): Promise<number> {
  await lab.send('POST', '/api/v1/pipelines/rebuild/runs', {});
  const run = await finished(lab, 'rebuild');
  return run.tasks.flatMap(({ result }) => result?.models ?? []).reduce((sum, model) => sum + model.seconds, 0);
}

const secondsOf = (run: Run): number => (Date.parse(run.finished_at) - Date.parse(run.created_at)) / 1000;

/** The newest run of a pipeline, once it has succeeded. */
async function finished(lab: LabProcess, pipeline: string): Promise<Run> {
  for (;;) {
    const { items } = await lab.send<{ items: (Run & { id: string })[] }>('GET', `/api/v1/pipelines/${pipeline}/runs`);
    const [run] = items;
    if (run?.status === 'succeeded') return lab.send<Run>('GET', `/api/v1/runs/${run.id}`);
    if (run && !['queued', 'running'].includes(run.status)) throw new Error(`The run of ${pipeline} ended as ${run.status}`);
    await wait(200);
  }
}
