import { availableParallelism } from 'node:os';
import type { Estimator } from './estimator.js';
import { UntrainableError } from './estimators.errors.js';
import { classWeights } from './forest/class-weights.js';
import { joinTrees } from './forest/forest.js';
import { readForest } from './forest/forest-file.js';
import { ForestModel } from './forest/forest-model.js';
import { ForestParams } from './forest/forest-params.js';
import { planForest } from './forest/forest-plan.js';
import { growForest } from './forest/grow-forest.js';
import { type ForestTask, MOST_DRAWS } from './tree/forest-task.js';
import { MOST_FEATURES } from './tree/rule.js';

const NAME = 'random_forest';

/** Below so many rows × features × trees, starting threads costs more than they save. */
const WORTH_THREADS = 2_000_000;

/** Of one leaf: its nodes, and their copies on the way into the file. */
const BYTES_PER_LEAF = 35;

export const randomForest: Estimator<ForestParams> = {
  name: NAME,
  problems: ['regression', 'classification'],
  description:
    'The mean of many trees, each grown on a bootstrap sample of the rows (Breiman 2001), with splits found on histograms of at most 255 bins a feature. A missing value goes the way that was better in training. Categories are parted as sets; beyond 255 the rarest count as one, and one never seen in training counts as missing.',
  params: ForestParams,
  fit: async (set, params, options) => {
    if (set.features.length > MOST_FEATURES) {
      throw new UntrainableError(
        `The training set has ${set.features.length} features. A random forest takes ${MOST_FEATURES} at most.`,
      );
    }
    const { target } = set;
    const { task, bins, scale } = planForest(set, params, options.seed, classWeights(NAME, target, params.class_weight));
    const trees = await growForest(task, { ...options, workers: options.workers ?? defaultWorkers(task) });
    const classes = target.problem === 'classification' ? target.classes : [];
    const features = set.features.map(({ name, type }) => ({ name, type }));
    return new ForestModel({ problem: target.problem, features, classes, bins, scale, forest: joinTrees(trees, task.classes) });
  },
  load: (file) => new ForestModel(readForest(file)),
  ownBytes: ({ rows }, params) => {
    const { n_trees, min_samples_leaf, sample_fraction } = params as ForestParams;
    return (n_trees * BYTES_PER_LEAF * Math.min(MOST_DRAWS, rows * sample_fraction)) / min_samples_leaf;
  },
};

const defaultWorkers = ({ bins, growth }: ForestTask): number =>
  bins.length * growth.trees < WORTH_THREADS ? 0 : availableParallelism();
