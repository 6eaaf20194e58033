import type { Forest } from './forest.js';
import { walk } from './walk.js';

/** Rows whose bins and leaves stay in the cache while the trees pass over them. */
const BLOCK_ROWS = 2 ** 16;

/** Up to here rows go through the trees one by one, each through several trees at once. */
const FEW_ROWS = 7;

/** From here on it pays to put rows that are alike next to each other. */
const WORTH_ORDER = 2048;

/**
 * @param records rows × features: the bins of each row
 * @returns rows × width, each row the mean of the leaves that it comes to; the same however many rows are asked for at once
 */
export function meanOfTrees(forest: Forest, records: Uint8Array, features: number): Float64Array {
  const rows = records.length / features;
  const means = new Float64Array(rows * forest.width);
  if (rows <= FEW_ROWS) {
    for (let row = 0; row < rows; row++) addRow(forest, records.subarray(row * features), means, row);
  } else {
    for (let from = 0; from < rows; from += BLOCK_ROWS) {
      const to = Math.min(rows, from + BLOCK_ROWS);
      const add = to - from < WORTH_ORDER ? addBlock : addOrdered;
      add(forest, records.subarray(from * features, to * features), features, means.subarray(from * forest.width));
    }
  }
  const trees = forest.roots.length;
  for (let i = 0; i < means.length; i++) means[i] /= trees;
  return means;
}

function addRow(forest: Forest, record: Uint8Array, sums: Float64Array, row: number): void {
  const leaves = forest.roots.slice();
  walk(forest, leaves, record, 0);
  for (let tree = 0; tree < leaves.length; tree++) addLeaf(forest, leaves[tree], sums, row);
}

function addBlock(forest: Forest, records: Uint8Array, features: number, sums: Float64Array): void {
  const leaves = new Int32Array(records.length / features);
  for (const root of forest.roots) {
    walk(forest, leaves.fill(root), records, features);
    for (let row = 0; row < leaves.length; row++) addLeaf(forest, leaves[row], sums, row);
  }
}

/**
 * Rows that share a leaf of the first tree go one after the other through all trees: they are alike, so that the nodes that one
 * needed are still in the cache for the next, and none waits long for another to arrive.
 */
function addOrdered(forest: Forest, records: Uint8Array, features: number, sums: Float64Array): void {
  const { roots, width } = forest;
  const rows = records.length / features;
  const order = byLeaf(walk(forest, new Int32Array(rows).fill(roots[0]), records, features));
  const ordered = new Uint8Array(records.length);
  const own = new Float64Array(rows * width);
  for (let i = 0; i < rows; i++) {
    for (let feature = 0; feature < features; feature++) ordered[i * features + feature] = records[order[i] * features + feature];
  }
  addBlock(forest, ordered, features, own);
  for (let i = 0; i < rows; i++) for (let k = 0; k < width; k++) sums[order[i] * width + k] = own[i * width + k];
}

/** A counting sort. @returns by place, the row that stands there */
function byLeaf(leaves: Int32Array): Int32Array {
  const first = leaves.reduce((least, leaf) => Math.min(least, leaf));
  const places = new Int32Array(leaves.reduce((most, leaf) => Math.max(most, leaf)) - first + 2);
  for (const leaf of leaves) places[leaf - first + 1]++;
  for (let i = 1; i < places.length; i++) places[i] += places[i - 1];
  const order = new Int32Array(leaves.length);
  for (let row = 0; row < leaves.length; row++) order[places[leaves[row] - first]++] = row;
  return order;
}

function addLeaf({ values, distributions, width }: Forest, leaf: number, sums: Float64Array, row: number): void {
  const value = values[leaf];
  if (width === 1) sums[row] += value;
  else for (let k = 0; k < width; k++) sums[row * width + k] += distributions[value * width + k];
}
