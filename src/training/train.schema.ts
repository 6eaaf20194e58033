import { z } from 'zod';
import { ModelName } from '../registry/model-name.types.js';

/** PostgreSQL has no NUL in its texts. */
const text = z.string().refine((value) => !value.includes('\0'), 'holds a NUL');
const column = text.min(1);

const share = (description: string) => z.number().gt(0).lt(1).default(0.2).meta({ description });

/** How part of the rows is kept back to test on. */
export const Validation = z.discriminatedUnion('by', [
  z.strictObject({
    by: z.literal('time'),
    column: column.optional().meta({ description: 'The time column that the dataset declares when not given' }),
    share: share('The newest share of the rows is the test'),
  }),
  z.strictObject({ by: z.literal('random'), share: share('A seeded share of the rows is the test') }),
  z.strictObject({
    by: z.literal('stratified'),
    share: share('A seeded share of the rows of each class is the test. For classifications'),
  }),
  z.strictObject({
    by: z.literal('group'),
    column: column.meta({ description: 'No value of it has rows on both sides' }),
    share: share('Whole groups, drawn by the seed, are the test until it has about this share of the rows'),
  }),
]);
export type Validation = z.output<typeof Validation>;

const Sample = z.union([
  z.strictObject({ rows: z.int().min(1).meta({ description: 'As many rows, or all when there are fewer' }) }),
  z.strictObject({ share: z.number().gt(0).lt(1).meta({ description: 'Of the rows' }) }),
]);
export type Sample = z.output<typeof Sample>;

/** How the words of texts become columns of numbers. */
export const TextTerms = z.strictObject({
  max_terms: z
    .int()
    .min(1)
    .max(5_000)
    .default(200)
    .meta({ description: 'Of each column, the most frequent ones; each costs as much as a column of numbers' }),
  min_documents: z.int().min(1).default(2).meta({ description: 'Training rows that have to have a term' }),
  stop_words: z
    .enum(['none', 'english'])
    .default('none')
    .meta({ description: 'Whether to leave out the words that every English text has, as "the" and "of"' }),
});
export type TextTerms = z.output<typeof TextTerms>;

const isDistinct = (names: readonly string[]): boolean => new Set(names).size === names.length;

export const TrainOptions = z
  .strictObject({
    dataset: text.min(1).meta({ example: 'gold.delay_training' }),
    dataset_version: z.int().nonnegative().optional().meta({ description: 'The newest when not given' }),
    target: column.meta({ example: 'late' }),
    features: z
      .array(column)
      .refine(isDistinct, 'names a column twice')
      .optional()
      .meta({
        description:
          'When not given: every column but those that the dataset declares as targets, keys or time, and those that nothing can be learned from, which the log names',
        uniqueItems: true,
        example: ['distance', 'hour', 'origin', 'origin_lateness'],
      }),
    text_features: z.array(column).min(1).refine(isDistinct, 'names a column twice').optional().meta({
      description: 'Columns of text, beside `features`: learned from by their words (TF-IDF), with any estimator',
      uniqueItems: true,
    }),
    text: TextTerms.optional().meta({ description: 'Which words of `text_features` count', example: { stop_words: 'english' } }),
    problem: z
      .enum(['regression', 'classification'])
      .optional()
      .meta({ description: 'A boolean or text target is a classification when not given' }),
    estimator: z.string().min(1).meta({ example: 'random_forest' }),
    params: z
      .record(z.string(), z.unknown())
      .default({})
      .meta({
        description: 'Of the estimator: GET /api/v1/estimators has them with default and range',
        example: { n_trees: 20 },
      }),
    validation: Validation.optional().meta({
      description:
        'When not given a fifth of the rows is the test: the newest where the dataset declares a time column, else drawn at random, for a classification within each class',
      example: { by: 'time', share: 0.2 },
    }),
    sample: Sample.optional().meta({
      description: 'Train and test on so many rows, drawn by the seed, instead of all',
      example: { rows: 50_000 },
    }),
    model_name: ModelName,
    description: text.default('').meta({ description: 'Of the model', example: 'Does a flight leave late?' }),
    fallback: z.literal('baseline').optional().meta({
      description:
        'When the model is no better than its baseline on the test, the baseline is registered in its place and becomes `production`: what answers is always the better of the two',
    }),
    unlearnable: z.enum(['fail', 'skip']).default('fail').meta({
      description:
        'What a run does with a table that nothing can be learned from, such as one with too few rows: `skip` succeeds, says why, and leaves in production what is there',
    }),
    seed: z.int().min(0).max(4_294_967_295).default(42).meta({ description: 'Same data, options and seed: same model' }),
  })
  .meta({ id: 'TrainOptions' });
export type TrainOptions = z.output<typeof TrainOptions>;

/** A column that was not used, and why. */
export interface LeftOut {
  readonly column: string;
  readonly reason: string;
}

export interface TrainReport {
  readonly model: string;
  readonly version: number;
  /** Of the version: `baseline` after a fallback. */
  readonly estimator: string;
  /** That were trained and tested on; 0 where nothing was trained. */
  readonly rows: number;
  readonly metrics: Readonly<Record<string, number>>;
  readonly baseline_metrics: Readonly<Record<string, number>>;
  /** By feature, the largest first; they sum to 1. */
  readonly importances: readonly { readonly feature: string; readonly importance: number }[];
  /** Columns that would have been features. */
  readonly left_out: readonly LeftOut[];
  /** Whether the version carries the alias `production` now. */
  readonly promoted: boolean;
  readonly skipped: boolean;
  /** The model that was no better than the baseline, which took its place. */
  readonly outdone?: { readonly estimator: string; readonly metrics: Readonly<Record<string, number>> };
}

/** Nothing could be learned, and the options say that this is no failure. */
export interface NothingLearnt {
  readonly model: string;
  readonly version: null;
  readonly skipped: true;
  readonly reason: string;
}
