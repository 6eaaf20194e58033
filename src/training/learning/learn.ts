import type { TextOptions, TrainingSet } from '../../estimators/estimator.types.js';
import { fit } from '../../estimators/estimators.service.js';
import { evaluate } from '../../estimators/evaluation.estimator.js';
import { beatsBaseline } from '../gate.js';
import type { Validation } from '../train.schema.js';
import { split } from './split.js';

/** Everything that a model depends on, ready to learn from. */
export interface Lesson {
  readonly set: TrainingSet;
  /** Of each row, when the validation is by group. */
  readonly groups?: Int32Array;
  readonly estimator: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly validation: Validation;
  readonly seed: number;
  /** Further threads that may help. */
  readonly workers: number;
  /** Where the set has texts. */
  readonly text?: TextOptions;
  /** What to give when the model is no better than it. */
  readonly fallback?: 'baseline';
}

export interface Learnt {
  /** The model as `serialise` gives it. */
  readonly file: Uint8Array;
  /** Of the model in the file, as its parameters: the baseline's after a fallback. */
  readonly estimator: string;
  readonly params: Readonly<Record<string, unknown>>;
  /** On the rows that were held out, as the baseline's. */
  readonly metrics: Readonly<Record<string, number>>;
  readonly baselineMetrics: Readonly<Record<string, number>>;
  /** Whether it is better than its baseline, or the baseline itself after a fallback. */
  readonly isBest: boolean;
  /** What the baseline took the place of. */
  readonly outdone?: { readonly estimator: string; readonly metrics: Readonly<Record<string, number>> };
  /** Of each feature, in the order of the set. */
  readonly importances: readonly number[];
  readonly trainingRows: number;
  readonly testRows: number;
}

export interface Step {
  /** Done of the whole, 0 to 1. */
  readonly share: number;
  readonly message: string;
}

/** Of the work; the test has the rest. */
const FIT_SHARE = 0.9;

/** Holds out, fits, and tests beside the baseline. */
export async function learn(lesson: Lesson, onStep: (step: Step) => void): Promise<Learnt> {
  const { estimator, params, seed, workers, text } = lesson;
  const { training, test } = split(lesson.set, lesson.groups, lesson.validation, seed);
  const onProgress = (share: number): void => onStep({ share: share * FIT_SHARE, message: 'fit' });
  const model = await fit(estimator, training, params, { seed, workers, onProgress, text });
  onStep({ share: FIT_SHARE, message: 'test' });
  const baseline = await fit('baseline', training, {}, { seed });
  const metrics = evaluate(model, test);
  const baselineMetrics = evaluate(baseline, test);
  const beats = beatsBaseline(model.problem, metrics, baselineMetrics);
  const fallsBack = lesson.fallback !== undefined && !beats;
  const kept = fallsBack ? baseline : model;
  return {
    file: kept.serialise(),
    ...(fallsBack ? { estimator: 'baseline', params: {}, outdone: { estimator, metrics } } : { estimator, params }),
    metrics: fallsBack ? baselineMetrics : metrics,
    baselineMetrics,
    isBest: beats || fallsBack,
    importances: kept.importances(),
    ...{ trainingRows: training.rows, testRows: test.rows },
  };
}
