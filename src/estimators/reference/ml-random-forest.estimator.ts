import { setImmediate } from 'node:timers/promises';
import { RandomForestClassifier, RandomForestRegression } from 'ml-random-forest';
import { z } from 'zod';
import type { Estimator } from '../estimator.js';
import type { FitOptions, PlainSet } from '../estimator.types.js';
import { UntrainableError } from '../estimators.errors.js';
import { type Design, designOf } from '../linear/design.js';
import { scaleOf, standardise } from '../linear/scale.js';
import { Random } from '../random.js';
import { denseRows } from './dense-rows.js';
import { PackageForestModel } from './package-forest-model.js';
import { flatten } from './package-trees.js';

/** The package compares every row with every row, in each column and at every node: 1,000 rows of 8 columns take 0.1 s a tree. */
const MOST_ROWS = 2000;
const MOST_COMPARISONS = 2e9;

const MlForestParams = z.strictObject({
  n_trees: z.int().min(1).max(200).default(25).meta({ description: 'Trees: more are slower and steadier' }),
  max_depth: z.int().min(1).max(100).default(30).meta({ description: 'Splits from the root to the deepest leaf' }),
  min_samples: z.int().min(1).max(1000).default(3).meta({ description: 'So many rows or fewer are not split any further' }),
  max_features: z.number().gt(0).max(1).default(1).meta({ description: 'Share of the columns that a tree gets to see' }),
});
type MlForestParams = z.infer<typeof MlForestParams>;

/** The package ml-random-forest as it is, for comparison: one that others know, beside which ours can be judged. */
export const mlRandomForest: Estimator<MlForestParams> = {
  name: 'ml_random_forest',
  problems: ['regression', 'classification'],
  description:
    'The small reference forest of the package ml-random-forest, for up to 2,000 rows; random_forest is faster and better. A missing number counts as the mean, a category is a column for each level; missing and unseen categories, and those beyond the 255 most frequent, share one.',
  params: MlForestParams,
  fit: async (set, params, options) => {
    assertSmall(set.rows, 1, params.n_trees);
    const design = designOf(set);
    assertSmall(set.rows, design.columns, params.n_trees);
    return grow(set, design, params, options);
  },
  load: (file) => PackageForestModel.read(file),
};

function assertSmall(rows: number, columns: number, trees: number): void {
  if (rows <= MOST_ROWS && rows * rows * columns * trees <= MOST_COMPARISONS) return;
  throw new UntrainableError(
    `ml_random_forest takes ${MOST_ROWS} rows at most, and rows² × columns × trees up to ${MOST_COMPARISONS}; these are ${rows} rows, ${columns} columns and ${trees} trees. Use random_forest.`,
  );
}

async function grow(set: PlainSet, design: Design, params: MlForestParams, options: FitOptions): Promise<PackageForestModel> {
  const { target } = set;
  // By its unit alone: an exact division, so that a leaf of equal values says that value to the last bit.
  const response = target.problem === 'regression' ? { ...scaleOf(target.values), centre: 0, spread: 1 } : undefined;
  const answers = target.problem === 'regression' ? standardised(target.values, response) : Array.from(target.codes);
  const rows = denseRows(design).map((row) => Array.from(row));
  const Forest = target.problem === 'regression' ? RandomForestRegression : RandomForestClassifier;
  const seeds = new Random(options.seed, 0);
  const trees: Parameters<typeof flatten>[0][number][] = [];
  const gains = new Float64Array(design.columns);
  // One at a time, because the package lets nobody else work while it trains.
  for (let tree = 0; tree < params.n_trees; tree++) {
    const forest = new Forest(optionsOf(params, design.columns, seeds.next() | 0));
    forest.train(rows, answers);
    trees.push({ root: forest.estimators[0].root, columns: forest.indexes[0] });
    // NaN where the tree is one leaf.
    forest.featureImportance().forEach((gain, column) => (gains[column] += Math.max(0, gain) || 0));
    options.onProgress?.((tree + 1) / params.n_trees);
    await setImmediate();
    if (tree + 1 < params.n_trees) options.signal?.throwIfAborted();
  }
  return new PackageForestModel({
    problem: target.problem,
    features: set.features.map(({ name, type }) => ({ name, type })),
    classes: target.problem === 'classification' ? target.classes : [],
    terms: design.terms,
    trees: flatten(trees),
    gains: byFeature(set, design, gains),
    response,
  });
}

const standardised = (values: Float64Array, scale: ReturnType<typeof scaleOf> | undefined): number[] =>
  Array.from(values, (value) => (scale ? standardise(value, scale) : value));

const optionsOf = ({ max_depth, min_samples, max_features }: MlForestParams, columns: number, seed: number) => ({
  nEstimators: 1,
  // The package takes the floor of the product, and a whole number for another thing.
  maxFeatures: Math.min(1, (Math.max(1, Math.floor(max_features * columns)) + 0.5) / columns),
  replacement: false,
  seed,
  noOOB: true,
  treeOptions: { minNumSamples: min_samples, maxDepth: max_depth },
});

/** What the columns of each feature gained together. */
function byFeature({ features }: PlainSet, { terms }: Design, gains: Float64Array): Float64Array {
  return Float64Array.from(features, ({ name }) => {
    const term = terms.find(({ feature }) => feature.name === name);
    if (!term) return 0;
    return gains.subarray(term.at, term.at + (term.levels ? term.levels.rest + 1 : 1)).reduce((sum, gain) => sum + gain, 0);
  });
}
