import type { z } from 'zod';

export type Problem = 'regression' | 'classification';

/** What a column of the input means to a model. */
export interface Feature {
  readonly name: string;
  readonly type: 'number' | 'category' | 'text';
}

/** What an estimator itself takes: texts have become numbers before it. */
export interface PlainFeature extends Feature {
  readonly type: 'number' | 'category';
}

/** A cell as a caller gives it: `null` is missing. */
export type RawValue = number | string | boolean | null;

/** One feature of the training set; all columns are equally long. */
export type FeatureColumn = PlainColumn | TextColumn;

export type PlainColumn =
  | { readonly name: string; readonly type: 'number'; /** NaN is missing. */ readonly values: Float64Array }
  | {
      readonly name: string;
      readonly type: 'category';
      readonly categories: readonly string[];
      /** Index into `categories`, -1 where missing. */
      readonly codes: Int32Array;
    };

export interface TextColumn {
  readonly name: string;
  readonly type: 'text';
  /** `null` is missing, and the same as an empty text. */
  readonly values: readonly (string | null)[];
}

export type ClassLabel = string | number | boolean;

export type Target =
  | { readonly problem: 'regression'; readonly values: Float64Array }
  | {
      readonly problem: 'classification';
      readonly classes: readonly ClassLabel[];
      /** Index into `classes`. */
      readonly codes: Int32Array;
    };

export interface TrainingSet<Column extends FeatureColumn = FeatureColumn> {
  readonly rows: number;
  readonly features: readonly Column[];
  readonly target: Target;
}

export type PlainSet = TrainingSet<PlainColumn>;

/** How texts become numbers: by TF-IDF of the terms of each column. */
export interface TextOptions {
  /** Of a column, the most frequent ones: each is a column of numbers for the estimator. */
  readonly maxTerms: number;
  /** Training rows that have to have a term. */
  readonly minDocuments: number;
  /** Words that are left out because they say nothing of what a text is about. */
  readonly stopWords: 'none' | 'english';
}

/** Mean and standard deviation of a number, as somebody else measured them. A deviation of 0 says that it never varied. */
export interface Standard {
  readonly mean: number;
  readonly deviation: number;
}

/** By the name of the feature; those that are not named stay as they are. */
export type Scaling = Readonly<Record<string, Standard>>;

/** What `fit` returns: immutable, and the only thing that can predict. */
export interface Model {
  readonly estimator: string;
  readonly problem: Problem;
  readonly features: readonly Feature[];
  /** Empty for a regression. */
  readonly classes: readonly ClassLabel[];

  /**
   * @param rows values in the order of `features`; a category never seen in training counts as missing
   * @returns one number a row: the value (regression) or the index of the likeliest class
   * @throws {UnfitInputError} for a row of another length, or a text where a number belongs
   */
  predict(rows: readonly (readonly RawValue[])[]): Float64Array;

  /** @returns rows × classes, row-major; each row sums to 1. @throws {TypeError} for a regression */
  predictProbability(rows: readonly (readonly RawValue[])[]): Float64Array;

  /** The same for columns, as a training set has them: for evaluation. They are found by name, in any order. */
  predictColumns(columns: readonly FeatureColumn[]): Float64Array;
  predictProbabilityColumns(columns: readonly FeatureColumn[]): Float64Array;

  /** Share of the gain in training by feature, in the order of `features`; sums to 1, or all 0 when nothing was split. */
  importances(): number[];

  /** A file without code in it: magic, length, JSON header, typed arrays. */
  serialise(): Uint8Array;
}

export interface FitOptions {
  /** Same seed, same model, whatever the number of workers. */
  readonly seed: number;
  /** Threads that may work beside the caller's. */
  readonly workers?: number;
  readonly signal?: AbortSignal;
  /** Called with the share done, 0 to 1. */
  readonly onProgress?: (share: number) => void;
  /** Where the set has texts; 200 terms of two rows or more when not given. */
  readonly text?: TextOptions;
  /** Numbers are standardised by it before the estimator sees them, and the model carries it: it takes them as they were. */
  readonly scaling?: Scaling;
}

/** How large a training set is, as far as it is known before it is read. */
export interface FitSize {
  readonly rows: number;
  /** Features that are numbers, each term of a text among them, and that are categories. */
  readonly numbers: number;
  readonly categories: number;
}

/** What a person choosing an estimator wants to know. */
export interface EstimatorInfo {
  readonly name: string;
  readonly problems: readonly Problem[];
  /** What it is good for, and what it does with missing values and categories. */
  readonly description: string;
  /** Every parameter with its description, default and range; `z.toJSONSchema` prints it. */
  readonly params: z.ZodObject;

  /**
   * @param params that were checked
   * @returns bytes of memory that a fit takes beyond what each of them takes for its columns, a little above what was measured;
   * absent where there are none to speak of. It rises with the rows.
   */
  readonly ownBytes?: (size: FitSize, params: Readonly<Record<string, unknown>>) => number;
}
