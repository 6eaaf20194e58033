import { CorruptModelError } from '../estimators.errors.js';
import type { Tree } from '../tree/forest-task.js';
import { LEAF, SUBSET_WORDS } from '../tree/rule.js';

/** All trees behind one another, their indices counted through. */
export interface Forest extends Omit<Tree, 'gains'> {
  /** The first node of each tree. */
  readonly roots: Int32Array;
  /** By feature, over all trees. */
  readonly gains: Float64Array;
  /** Numbers a leaf has: one, or one for each class where there are more than two. */
  readonly width: number;
}

/** @returns how many numbers a leaf has: two classes need one, as the other is what is left */
export const leafWidth = (classes: number): number => (classes > 2 ? classes : 1);

/** @param classes 0 for a regression */
export function joinTrees(trees: readonly Tree[], classes: number): Forest {
  const width = leafWidth(classes);
  const length = (of: (tree: Tree) => number): number => trees.reduce((sum, tree) => sum + of(tree), 0);
  const forest: Forest = {
    width,
    roots: new Int32Array(trees.length),
    nodes: new Int32Array(length(({ nodes }) => nodes.length)),
    values: new Float64Array(length(({ values }) => values.length)),
    distributions: new Float64Array(length(({ distributions }) => distributions.length)),
    subsets: new Uint32Array(length(({ subsets }) => subsets.length)),
    gains: new Float64Array(trees[0].gains.length),
  };
  const at = { node: 0, distribution: 0, subset: 0 };
  trees.forEach((tree, index) => {
    forest.roots[index] = at.node;
    place(tree, forest, at);
    at.node += tree.values.length;
    at.distribution += tree.distributions.length / width;
    at.subset += tree.subsets.length / SUBSET_WORDS;
  });
  return forest;
}

function place(tree: Tree, forest: Forest, at: { node: number; distribution: number; subset: number }): void {
  for (let i = 0; i < tree.nodes.length; i += 2) {
    const rule = tree.nodes[i];
    forest.nodes[2 * at.node + i] = rule < 0 ? rule - at.subset : rule;
    forest.nodes[2 * at.node + i + 1] = tree.nodes[i + 1] + at.node;
  }
  for (let i = 0; i < tree.values.length; i++) {
    forest.values[at.node + i] = tree.values[i] + (forest.width > 1 ? at.distribution : 0);
  }
  forest.distributions.set(tree.distributions, at.distribution * forest.width);
  forest.subsets.set(tree.subsets, at.subset * SUBSET_WORDS);
  tree.gains.forEach((gain, feature) => (forest.gains[feature] += gain));
}

/**
 * Everything that a walk relies on: no index points out of its array, and a child stands behind its parent, so that every walk ends.
 * @throws {CorruptModelError}
 */
export function assertSound(forest: Forest, features: number, isProbability: boolean): void {
  const { roots, nodes, values, distributions, subsets, gains, width } = forest;
  const size = nodes.length / 2;
  const sound =
    roots.length > 0 &&
    roots.every((root) => root >= 0 && root < size) &&
    values.length === size &&
    (width === 1 ? distributions.length === 0 : distributions.length % width === 0) &&
    subsets.length % SUBSET_WORDS === 0 &&
    gains.length === features &&
    gains.every((gain) => gain >= 0 && gain < Infinity) &&
    distributions.every((share) => share >= 0 && share <= 1) &&
    everySubset(subsets, features);
  if (!sound) throw new CorruptModelError('the parts of its trees do not fit together');
  for (let node = 0; node < size; node++) {
    if (!isSoundNode(forest, node, features, isProbability)) throw new CorruptModelError(`node ${node} of its trees is broken`);
  }
}

function everySubset(subsets: Uint32Array, features: number): boolean {
  for (let i = 0; i < subsets.length; i += SUBSET_WORDS) if (subsets[i] >= features) return false;
  return true;
}

function isSoundNode(
  { nodes, values, distributions, subsets, width }: Forest,
  node: number,
  features: number,
  isProbability: boolean,
): boolean {
  const rule = nodes[2 * node];
  const left = nodes[2 * node + 1];
  const value = values[node];
  if (left !== node) {
    const known = rule < 0 ? ~rule < subsets.length / SUBSET_WORDS : rule < 2 << 24 && (rule & 0xffff) < features;
    return known && left > node && left + 1 < nodes.length / 2;
  }
  if (rule !== LEAF) return false;
  if (width > 1) return Number.isInteger(value) && value >= 0 && value < distributions.length / width;
  return isProbability ? value >= 0 && value <= 1 : Number.isFinite(value);
}
