import type { PlainColumn, PlainSet, Target } from '../estimator.types.js';
import { binsFor, type FeatureBins } from '../tree/feature-bins.js';
import { type ForestTask, MOST_DRAWS } from '../tree/forest-task.js';
import type { ForestParams } from './forest-params.js';

export interface ForestPlan {
  readonly task: ForestTask;
  /** In the order of the features of the task. */
  readonly bins: readonly FeatureBins[];
  /** What the values of the task were divided by. */
  readonly scale: number;
}

/** Puts the set into bins, in shared memory. */
export function planForest(
  { rows, features, target }: PlainSet,
  params: ForestParams,
  seed: number,
  classWeights: readonly number[],
): ForestPlan {
  // In order of name: so neither the model nor its random choices depend on the order of the columns.
  const columns = features.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const bins = columns.map(binsFor);
  const scale = target.problem === 'regression' ? powerBelow(target.values) : 1;
  const task: ForestTask = {
    seed,
    rows,
    bins: encode(columns, bins, rows),
    categorical: columns.map(({ type }) => type === 'category'),
    target: shareTarget(target, scale),
    classes: target.problem === 'classification' ? target.classes.length : 0,
    classWeights,
    growth: {
      trees: params.n_trees,
      maxDepth: params.max_depth,
      minSamplesLeaf: params.min_samples_leaf,
      maxFeatures: Math.max(1, Math.round(params.max_features * columns.length)),
      draws: Math.min(MOST_DRAWS, Math.max(1, Math.round(params.sample_fraction * rows))),
    },
  };
  return { task, bins, scale };
}

function encode(columns: readonly PlainColumn[], bins: readonly FeatureBins[], rows: number): Uint8Array {
  const table = new Uint8Array(new SharedArrayBuffer(columns.length * rows));
  columns.forEach((column, feature) => bins[feature].encode(column, table, feature * rows, 1));
  return table;
}

function shareTarget(target: Target, scale: number): Float64Array {
  const cells = target.problem === 'regression' ? target.values : target.codes;
  const shared = new Float64Array(new SharedArrayBuffer(cells.length * Float64Array.BYTES_PER_ELEMENT));
  for (let row = 0; row < cells.length; row++) shared[row] = cells[row] / scale;
  return shared;
}

/** The power of two that brings the largest value between 1 and 2: huge and tiny targets then neither overflow nor vanish, and none is rounded. */
function powerBelow(values: Float64Array): number {
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return 2 ** Math.min(1023, Math.max(-1074, Math.floor(Math.log2(largest))));
}
