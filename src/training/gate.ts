import type { Problem } from '../estimators/estimator.types.js';

/** The metric that decides, smaller is better: the likelihood tells more than accuracy where one class is rare. */
export const DECIDING_METRIC: Readonly<Record<Problem, string>> = { regression: 'rmse', classification: 'log_loss' };

type Metrics = Readonly<Record<string, number>>;

/** Whether a model knows more than its baseline does. A metric that is missing or not a number never passes. */
export const beatsBaseline = (problem: Problem, model: Metrics, baseline: Metrics): boolean =>
  model[DECIDING_METRIC[problem]] < baseline[DECIDING_METRIC[problem]];
