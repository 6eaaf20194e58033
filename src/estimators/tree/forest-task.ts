/** Everything that growing the trees needs, in a form that threads share or copy. */
export interface ForestTask {
  readonly seed: number;
  readonly rows: number;
  /** Column-major, `features.length × rows` bytes in shared memory. */
  readonly bins: Uint8Array;
  /** By feature, in order of name: whether its bins are categories. */
  readonly categorical: readonly boolean[];
  /** In shared memory: values within −2 and 2 (regression), or indices of classes. */
  readonly target: Float64Array;
  /** 0 for a regression. */
  readonly classes: number;
  /** By class, how much likelier one of its rows is drawn; empty when all are alike. */
  readonly classWeights: readonly number[];
  readonly growth: Growth;
}

export interface Growth {
  readonly trees: number;
  /** Splits from the root to the deepest leaf. */
  readonly maxDepth: number;
  /** Rows that a leaf has at least. They are counted in draws, of which a row of a bag has 1.6 on average. */
  readonly minSamplesLeaf: number;
  /** Features tried at a node, beside those that are constant there. */
  readonly maxFeatures: number;
  /** Rows drawn for a tree, with replacement. */
  readonly draws: number;
}

/** So that the moments of all draws fit into one double: see `MomentStatistics`. */
export const MOST_DRAWS = 2 ** 20 - 1;

/** One tree, flat. Node 0 is the root, children stand behind their parent. */
export interface Tree {
  /** By node, next to each other: its rule (see `rule.ts`), and its left child, which the right one follows. A leaf is its own child. */
  readonly nodes: Int32Array;
  /** By node, for leaves: the value, the probability of the second of two classes, or the row in `distributions`. */
  readonly values: Float64Array;
  /** Leaves × classes, where there are more than two. */
  readonly distributions: Float64Array;
  /** See `rule.ts`. */
  readonly subsets: Uint32Array;
  /** By feature: the squared error, or Gini impurity, that its splits took away. */
  readonly gains: Float64Array;
}
