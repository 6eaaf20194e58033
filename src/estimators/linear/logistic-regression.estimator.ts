import { z } from 'zod';
import type { Estimator } from '../estimator.js';
import type { FitOptions, PlainSet, Target } from '../estimator.types.js';
import { UntrainableError } from '../estimators.errors.js';
import { classWeights } from '../forest/class-weights.js';
import { cellsOf, designOf } from './design.js';
import { assemble } from './fit-linear.js';
import { readLinear } from './linear-file.js';
import { LinearModel } from './linear-model.js';
import { LogisticLoss } from './logistic-loss.js';
import { minimise } from './newton.js';
import { Pace } from './pace.js';

const NAME = 'logistic_regression';

/** Passes over the rows that a fit takes, as a guess for its progress. */
const USUAL_PASSES = 60;

/** Probabilities of all rows are kept while fitting: 800 MB of them at most. */
const MOST_PROBABILITIES = 100_000_000;

const LogisticRegressionParams = z.strictObject({
  alpha: z.number().min(1e-6).max(1e12).default(1).meta({
    description:
      "Penalty on the squares of the weights, numbers being measured in standard deviations; 1 / C of scikit-learn's LogisticRegression",
  }),
  max_iterations: z.int().min(1).max(1000).default(100).meta({ description: 'Steps of Newton at most; ten are usual' }),
  class_weight: z
    .union([z.literal('balanced'), z.record(z.string(), z.number().positive().max(1_000_000))])
    .optional()
    .meta({
      description:
        'How often a row counts, by the label of its class, 1 where not named; `balanced` lets all classes count the same',
    }),
});
type LogisticRegressionParams = z.infer<typeof LogisticRegressionParams>;

export const logisticRegression: Estimator<LogisticRegressionParams> = {
  name: NAME,
  problems: ['classification'],
  description:
    'Weights by which each number and each category make a class likelier (L2-penalised; softmax for more than two classes): probabilities that can be trusted, and a model that can be explained. A missing number counts as the mean. Missing and unseen categories, and those beyond the 255 most frequent, share one level.',
  params: LogisticRegressionParams,
  fit: fitLogistic,
  load: (file) => new LinearModel(readLinear(file)),
};

async function fitLogistic(set: PlainSet, params: LogisticRegressionParams, options: FitOptions): Promise<LinearModel> {
  const { classes, codes } = set.target as Extract<Target, { problem: 'classification' }>;
  if (classes.length > 2 && classes.length * set.rows > MOST_PROBABILITIES) {
    throw new UntrainableError(
      `${set.rows} rows of ${classes.length} classes make more than ${MOST_PROBABILITIES} probabilities. Take fewer rows or classes, or random_forest.`,
    );
  }
  const labels = { classes: classes.length, codes, classWeights: classWeights(NAME, set.target, params.class_weight) };
  const design = designOf(set);
  const outputs = classes.length > 2 ? classes.length : 1;
  const pace = new Pace(options, USUAL_PASSES * 2 * design.rows * (cellsOf(design) + 8) * outputs);
  const unknowns = await minimise(new LogisticLoss(design, labels, params.alpha, pace), params.max_iterations);
  const at = design.columns * outputs;
  const model = assemble(NAME, set, design, { weights: unknowns.slice(0, at), intercepts: unknowns.slice(at) });
  pace.finish();
  return model;
}
