import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { Contender } from './contender.js';
import { PrefectPeer } from './peers/prefect.js';
import { memoryOf } from './process-tree.js';
import { type Bench, median, medianRatio, megabytes, type Row, seconds } from './row.js';

const TASKS = 100;
const ROUNDS = 5;
const TRIGGERS = 50;
const PROCESS = join(import.meta.dirname, 'pipelines-process.js');

interface Ours {
  readonly seconds: number;
  readonly toFirstTask: number;
}

/** A run of tasks that do nothing, in turns with the same in Prefect; both keep what they do in a database of their own. */
export const pipelines: Bench = {
  name: 'pipelines',
  async run(): Promise<Row[]> {
    const folder = await aFolder();
    const prefect = await PrefectPeer.start(join(folder, 'prefect'), TASKS).catch(async (error: unknown) => {
      await rm(folder, { recursive: true, force: true });
      throw new Error(`The bench of pipelines needs Prefect: ${String(error)}`, { cause: error });
    });
    const lab = Contender.start(process.execPath, [PROCESS, folder]);
    try {
      const run = (pipeline: string): Promise<Ours> => lab.ask('run', { pipeline });
      // The first of each is made cold.
      await Promise.all([run('hundred'), prefect.run()]);
      const ours: number[] = [];
      const peers: number[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        ours.push((await run('hundred')).seconds);
        peers.push(await prefect.run());
      }
      const [memory, peerMemory] = [memoryOf([lab.pid]), memoryOf(prefect.processes)];
      const waits: number[] = [];
      for (let count = 0; count < TRIGGERS; count++) waits.push((await run('one')).toFirstTask);
      return [
        {
          what: `${TASKS} no-op tasks in one run (peer: Prefect, server and flow warm)`,
          ours: seconds(median(ours)),
          peer: seconds(median(peers)),
          ratio: medianRatio(ours, peers),
          wanted: 'at most 0.5',
        },
        {
          what: `${TASKS} no-op tasks, memory of all processes, database included`,
          ours: megabytes(memory),
          peer: megabytes(peerMemory),
          ratio: memory / peerMemory,
        },
        { what: 'trigger to first task, median', ours: `${(median(waits) * 1000).toFixed(1)} ms`, wanted: 'under 50 ms' },
      ];
    } finally {
      await Promise.all([lab.stop(), prefect.stop()]);
      await rm(folder, { recursive: true, force: true });
    }
  },
};

async function aFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'lab-bench-'));
  await chmod(folder, 0o755);
  await mkdir(join(folder, 'workspace/pipelines'), { recursive: true });
  const aPipeline = (name: string, tasks: number): string =>
    stringify({
      name,
      tasks: Object.fromEntries(Array.from({ length: tasks }, (_, at) => [`t${at}`, { uses: 'bench.nothing' }])),
    });
  await writeFile(join(folder, 'workspace/pipelines/hundred.yaml'), aPipeline('hundred', TASKS));
  await writeFile(join(folder, 'workspace/pipelines/one.yaml'), aPipeline('one', 1));
  return folder;
}
