import { z } from 'zod';
import { ModelName } from '../registry/model-name.types.js';

const column = z.string().min(1);

/** How part of the rows is kept back to test on. */
export const Validation = z.discriminatedUnion('by', [
  z.strictObject({
    by: z.literal('time'),
    share: z.number().gt(0).lt(1).default(0.2).meta({ description: 'The newest share of the rows is the test' }),
  }),
  z.strictObject({
    by: z.literal('random'),
    share: z.number().gt(0).lt(1).default(0.2).meta({ description: 'A seeded share of the rows is the test' }),
  }),
]);
export type Validation = z.output<typeof Validation>;

export const TrainOptions = z
  .strictObject({
    dataset: z.string().meta({ example: 'gold.delay_training' }),
    dataset_version: z.int().nonnegative().optional().meta({ description: 'The newest when not given' }),
    target: column.meta({ example: 'late' }),
    features: z.array(column).min(1).optional().meta({
      description: 'Every column but those that the dataset declares as targets, keys or time when not given',
    }),
    problem: z
      .enum(['regression', 'classification'])
      .optional()
      .meta({ description: 'A boolean or text target is a classification when not given' }),
    estimator: z.string().meta({ example: 'random_forest' }),
    params: z.record(z.string(), z.unknown()).default({}),
    validation: Validation.default({ by: 'random', share: 0.2 }),
    model_name: ModelName,
    description: z.string().default(''),
    seed: z.int().nonnegative().default(42),
  })
  .meta({ id: 'TrainOptions' });
export type TrainOptions = z.output<typeof TrainOptions>;

export interface TrainReport {
  readonly model: string;
  readonly version: number;
  readonly rows: number;
  readonly metrics: Readonly<Record<string, number>>;
  readonly baseline_metrics: Readonly<Record<string, number>>;
  /** Whether the version carries the alias `production` now. */
  readonly promoted: boolean;
  readonly skipped: boolean;
}
