import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { TrainingThreadError } from '../estimators.errors.js';
import type { ForestTask, Tree } from '../tree/forest-task.js';
import type { GrowOptions } from './grow-forest.js';

/** What a thread is started with. */
export interface ThreadTask {
  readonly task: ForestTask;
  /** One shared number: the next tree that nobody has taken. */
  readonly next: Int32Array;
}

/** What a thread sends for each tree. */
export interface GrownTree {
  readonly index: number;
  readonly tree: Tree;
}

/**
 * Threads take the next tree from a shared counter, so that a slow one holds nobody up.
 * @throws the reason of the signal, once the threads have ended
 * @throws {TrainingThreadError}
 */
export async function growInThreads(task: ForestTask, threads: number, { signal, onProgress }: GrowOptions): Promise<Tree[]> {
  const trees: Tree[] = [];
  let grown = 0;
  const workerData: ThreadTask = { task, next: new Int32Array(new SharedArrayBuffer(4)) };
  const workers = Array.from({ length: threads }, () => new Worker(threadFile(), { workerData }));
  const stop = (): void => workers.forEach((worker) => void worker.terminate());
  signal?.addEventListener('abort', stop);
  try {
    await Promise.all(
      workers.map((worker) =>
        ended(worker, ({ index, tree }) => {
          if (signal?.aborted) return;
          trees[index] = tree;
          grown++;
          onProgress?.(grown / task.growth.trees);
        }),
      ),
    );
  } finally {
    signal?.removeEventListener('abort', stop);
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
  if (grown === task.growth.trees) return trees;
  signal?.throwIfAborted();
  throw new TrainingThreadError(
    `${task.growth.trees - grown} of ${task.growth.trees} trees were lost with their thread. Train again.`,
  );
}

/** Resolves when the thread has ended, in whatever way but with an error of its own. */
function ended(worker: Worker, onTree: (tree: GrownTree) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    worker.on('message', onTree);
    worker.on('error', (error) => reject(new TrainingThreadError(`A training thread failed: ${String(error)}`)));
    worker.on('exit', () => resolve());
  });
}

/** Threads run compiled code: where this file runs as TypeScript (under Jest), the build beside `src` has it. */
function threadFile(): URL {
  const here = import.meta.url;
  const compiled = here.endsWith('.ts') ? here.replace(/\/src\/(?!.*\/src\/)/, '/dist/src/') : here;
  const file = new URL('./forest.thread.js', compiled);
  if (!existsSync(file)) {
    throw new TrainingThreadError(
      `The code of the training threads is not built: ${fileURLToPath(file)} is missing. Run npm run build.`,
    );
  }
  return file;
}
