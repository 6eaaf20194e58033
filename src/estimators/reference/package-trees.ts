import type { TreeNode } from 'ml-random-forest';
import { CorruptModelError } from '../estimators.errors.js';
import { arrayOf, type ModelFile } from '../model-file.js';

/** Trees of ml-random-forest, laid flat: every node has a place in each array, a root after the last node of the tree before. */
export interface PackageTrees {
  readonly roots: Int32Array;
  /** The column that a node asks for; -1 in a leaf. */
  readonly columns: Int32Array;
  /** Smaller values go left. */
  readonly thresholds: Float64Array;
  readonly left: Int32Array;
  readonly right: Int32Array;
  /** Of a leaf: the mean of the standardised target, or the index of the class. */
  readonly values: Float64Array;
}

const LEAF = -1;

/** @param forests each with the design's columns that its own count */
export function flatten(forests: readonly { readonly root: TreeNode; readonly columns: readonly number[] }[]): PackageTrees {
  const nodes: { column: number; threshold: number; left: number; right: number; value: number }[] = [];
  const add = (node: TreeNode, columns: readonly number[]): number => {
    const place = nodes.length;
    nodes.push({ column: LEAF, threshold: 0, left: 0, right: 0, value: 0 });
    if (node.left && node.right) {
      const { splitColumn, splitValue: threshold } = node;
      const [left, right] = [add(node.left, columns), add(node.right, columns)];
      nodes[place] = { column: columns[splitColumn], threshold, left, right, value: 0 };
    } else nodes[place].value = valueOf(node);
    return place;
  };
  const roots = forests.map(({ root, columns }) => add(root, columns));
  return {
    roots: Int32Array.from(roots),
    columns: Int32Array.from(nodes, ({ column }) => column),
    thresholds: Float64Array.from(nodes, ({ threshold }) => threshold),
    left: Int32Array.from(nodes, ({ left }) => left),
    right: Int32Array.from(nodes, ({ right }) => right),
    values: Float64Array.from(nodes, ({ value }) => value),
  };
}

function valueOf({ distribution }: TreeNode): number {
  if (typeof distribution === 'number') return distribution;
  const shares = distribution.to1DArray();
  return shares.indexOf(Math.max(...shares));
}

/** What each tree says of a row. */
export function ask(trees: PackageTrees, row: Float64Array): Float64Array {
  return Float64Array.from(trees.roots, (root) => {
    let node = root;
    while (trees.columns[node] !== LEAF) {
      node = row[trees.columns[node]] < trees.thresholds[node] ? trees.left[node] : trees.right[node];
    }
    return trees.values[node];
  });
}

/**
 * @param width columns of the design
 * @param classes 0 for a regression
 * @throws {CorruptModelError} also for trees that would lead out of the arrays or round in a circle
 */
export function readTrees(file: ModelFile, width: number, classes: number): PackageTrees {
  const columns = arrayOf(file, 'columns', 'int32');
  const nodes = columns.length;
  const trees = {
    roots: arrayOf(file, 'roots', 'int32'),
    columns,
    thresholds: arrayOf(file, 'thresholds', 'float64', nodes),
    left: arrayOf(file, 'left', 'int32', nodes),
    right: arrayOf(file, 'right', 'int32', nodes),
    values: arrayOf(file, 'values', 'float64', nodes),
  };
  const isSound = (node: number): boolean => {
    if (columns[node] !== LEAF) {
      const within = [trees.left[node], trees.right[node]].every((child) => child > node && child < nodes);
      return within && columns[node] >= 0 && columns[node] < width && Number.isFinite(trees.thresholds[node]);
    }
    const value = trees.values[node];
    return classes === 0 ? Number.isFinite(value) : Number.isInteger(value) && value >= 0 && value < classes;
  };
  const rooted = trees.roots.length > 0 && trees.roots.every((root) => root >= 0 && root < nodes);
  if (!rooted || !columns.every((_, node) => isSound(node))) throw new CorruptModelError('its trees lead nowhere');
  return trees;
}
