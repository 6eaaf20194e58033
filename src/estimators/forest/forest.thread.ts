import { parentPort, workerData } from 'node:worker_threads';
import { TreeGrower } from '../tree/tree-grower.js';
import type { GrownTree, ThreadTask } from './forest-threads.js';

/** The body of a training thread: takes trees until none is left. Its results are handed over, not copied. */
const { task, next } = workerData as ThreadTask;
const grower = new TreeGrower(task);
for (let index = Atomics.add(next, 0, 1); index < task.growth.trees; index = Atomics.add(next, 0, 1)) {
  const tree = grower.grow(index);
  const buffers = [tree.nodes, tree.values, tree.distributions, tree.subsets, tree.gains].map(
    ({ buffer }) => buffer as ArrayBuffer,
  );
  parentPort?.postMessage({ index, tree } satisfies GrownTree, buffers);
}
