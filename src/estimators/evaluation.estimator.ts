import type { Model, Target, TrainingSet } from './estimator.types.js';
import { UnfitInputError } from './estimators.errors.js';
import { classificationMetrics } from './metrics/classification.js';
import { regressionMetrics } from './metrics/regression.js';

/**
 * How well a model predicts a set that it has not seen.
 * @returns `rmse`, `mae`, `r2`; or `accuracy`, `precision`, `recall`, `f1`, `roc_auc`, `log_loss`, where with two classes the last
 * one is the positive. What the set leaves undefined is absent: `r2` of a constant target, `roc_auc` of a single class.
 * @throws {UnfitInputError} for an empty set, another problem, or columns that do not fit the model
 */
export function evaluate(model: Model, { rows, features, target }: TrainingSet): Record<string, number> {
  if (rows === 0) throw new UnfitInputError('The test set has no rows: nothing can be measured on it.');
  if (target.problem !== model.problem) {
    throw new UnfitInputError(`A model for ${model.problem} cannot be tested on a target for ${target.problem}.`);
  }
  if (target.problem === 'regression') return regressionMetrics(target.values, model.predictColumns(features));
  return classificationMetrics(truthOf(target, model), model.predictProbabilityColumns(features), model.classes.length);
}

/** The set may number the classes in another way than the model. */
function truthOf(target: Extract<Target, { problem: 'classification' }>, { classes }: Model): Int32Array {
  const indices = target.classes.map((label) => classes.indexOf(label));
  return target.codes.map((code) => indices[code]);
}
