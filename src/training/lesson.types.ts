import type { Scaling, TextOptions, TrainingSet } from '../estimators/estimator.types.js';
import type { Validation } from './train.schema.js';

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
  /** Where numbers are standardised by means that were measured elsewhere. */
  readonly scaling?: Scaling;
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
