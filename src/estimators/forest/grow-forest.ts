import { setImmediate } from 'node:timers/promises';
import type { FitOptions } from '../estimator.types.js';
import type { ForestTask, Tree } from '../tree/forest-task.js';
import { TreeGrower } from '../tree/tree-grower.js';
import { growInThreads } from './forest-threads.js';

export type GrowOptions = Pick<FitOptions, 'signal' | 'onProgress'> & { readonly workers: number };

/**
 * Grows the trees in threads, or in this one when there are no workers: it then serves others between two trees.
 * @returns the trees in order, the same whoever grew them
 * @throws the reason of the signal
 * @throws {TrainingThreadError}
 */
export function growForest(task: ForestTask, options: GrowOptions): Promise<Tree[]> {
  const threads = Math.min(options.workers, task.growth.trees);
  return threads > 0 ? growInThreads(task, threads, options) : growHere(task, options);
}

async function growHere(task: ForestTask, { signal, onProgress }: GrowOptions): Promise<Tree[]> {
  const grower = new TreeGrower(task);
  const trees: Tree[] = [];
  while (trees.length < task.growth.trees) {
    signal?.throwIfAborted();
    trees.push(grower.grow(trees.length));
    onProgress?.(trees.length / task.growth.trees);
    await setImmediate();
  }
  return trees;
}
