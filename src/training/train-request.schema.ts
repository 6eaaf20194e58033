import { z } from 'zod';
import { JobStarted } from '../pipelines/job.types.js';
import { ModelType } from '../registry/model-name.types.js';
import { TrainOptions } from './train.schema.js';

/** Requests that work as they stand on the sample. */
export const TRAIN_EXAMPLES = {
  small: {
    summary: 'A small forest on a sample of the flights',
    value: {
      dataset: 'gold.delay_training',
      target: 'late',
      estimator: 'random_forest',
      params: { n_trees: 20, min_samples_leaf: 50 },
      sample: { rows: 20_000 },
      model_name: 'flights_late_small',
    },
  },
  by_default: {
    summary: "On the workspace's default training set",
    value: { problem: 'regression', estimator: 'baseline', model_name: 'flights_delay_baseline' },
  },
  by_group: {
    summary: 'Tested on airports that it has never seen',
    value: {
      dataset: 'gold.delay_training',
      target: 'delay',
      features: ['distance', 'hour', 'weekday', 'month', 'origin_lateness'],
      estimator: 'random_forest',
      params: { n_trees: 20, min_samples_leaf: 50 },
      validation: { by: 'group', column: 'origin', share: 0.2 },
      sample: { share: 0.1 },
      model_name: 'flights_delay_elsewhere',
    },
  },
};

const { dataset, target, model_name, ...others } = TrainOptions.shape;

export const TrainRequest = z
  .strictObject({
    dataset: dataset
      .optional()
      .meta({ description: 'The `default_training` of the workspace when not given', example: 'gold.delay_training' }),
    target: target.optional().meta({
      description: 'On the default training set: its target for the problem when not given',
      example: 'late',
    }),
    ...others,
    model_name: model_name
      .optional()
      .meta({ description: '`<problem>_<estimator>` when not given', example: 'classification_random_forest' }),
  })
  .meta({ id: 'TrainRequest', example: TRAIN_EXAMPLES.small.value });
export type TrainRequest = z.output<typeof TrainRequest>;

/** As older clients ask, without a body: both or neither. */
export const TrainQuery = z
  .object({
    model_type: ModelType.optional(),
    model_name: z.string().min(1).max(100).optional().meta({
      description: 'Name of an estimator; the model is registered as `<model_type>_<model_name>`',
      example: 'random_forest',
    }),
  })
  .refine(({ model_type, model_name }) => (model_type === undefined) === (model_name === undefined), {
    message: 'model_type and model_name go together',
  });
export type TrainQuery = z.output<typeof TrainQuery>;

export const TrainStarted = JobStarted.omit({ status: true })
  .extend({
    status: z.literal('training_started'),
    message: z.string().meta({ example: 'random_forest learns "late" of gold.delay_training, version 0.' }),
  })
  .meta({ id: 'TrainStarted' });
export type TrainStarted = z.infer<typeof TrainStarted>;
