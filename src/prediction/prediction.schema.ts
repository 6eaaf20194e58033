import { z } from 'zod';
import type { ClassLabel } from '../estimators/estimator.types.js';
import { AliasName, ModelName, ModelType, VersionNumber } from '../registry/model-name.types.js';

const RECORD = { distance: 337, hour: 18, weekday: 5, month: 2, origin: 'SFO', destination: 'LAX', origin_lateness: 22.5 };

/** Requests that work as they stand on the models of the sample. */
export const EXAMPLES = {
  records: { summary: 'By name, from the default model', value: { records: [RECORD] } },
  matrix: {
    summary: 'In the order of the features, several rows, one value missing',
    value: { model_name: 'flights_late', features: [Object.values(RECORD), [2475, 7, 1, 3, 'JFK', 'LAX', null]] },
  },
  regression: { summary: 'The delay in minutes', value: { model_name: 'flights_delay', records: [RECORD] } },
};

const cell = { anyOf: [{ type: 'number' as const }, { type: 'string' as const }, { type: 'boolean' as const }], nullable: true };

/** The cells are looked at later and in blocks, against the features of the model: here they are only described. */
export const PredictionRequest = z
  .strictObject({
    features: z
      .array(z.unknown())
      .min(1, 'has no rows')
      .optional()
      .meta({
        description: "Rows of raw values, in the order of the model's features; null is missing",
        items: { type: 'array', items: cell },
      }),
    records: z
      .array(z.unknown())
      .min(1, 'has no rows')
      .optional()
      .meta({ description: 'The same by name', items: { type: 'object', additionalProperties: cell } }),
    model_name: ModelName.optional().meta({
      description:
        "A registered name or, with model_type, the part after `<model_type>_`; the workspace's default_model when it is not given",
    }),
    model_type: ModelType.optional(),
    version: VersionNumber.optional(),
    alias: AliasName.optional().meta({
      description: '`production` when neither it nor a version is given',
      example: 'production',
    }),
  })
  .refine(({ features, records }) => (features === undefined) !== (records === undefined), 'needs either features or records')
  .refine(({ version, alias }) => version === undefined || alias === undefined, {
    path: ['alias'],
    message: 'goes without version: give one of the two',
  })
  .meta({ id: 'PredictionRequest', example: EXAMPLES.records.value });
export type PredictionRequest = z.infer<typeof PredictionRequest>;

export const Label = z.union([z.string(), z.number(), z.boolean()]);

export const PredictionAnswer = z
  .object({
    predictions: z.array(Label).meta({ description: 'A number a row, or the likeliest class', example: [true] }),
    probabilities: z
      .array(z.array(z.number()))
      .nullable()
      .meta({ description: 'Rows × classes; null for a regression', example: [[0.41, 0.59]] }),
    classes: z
      .array(Label)
      .optional()
      .meta({ description: 'What the columns of the probabilities mean', example: [false, true] }),
    model: z.object({ name: ModelName, version: z.string().meta({ example: '1' }), type: ModelType }),
  })
  .meta({ id: 'PredictionAnswer' });
export type PredictionAnswer = z.infer<typeof PredictionAnswer>;

/** JSON has neither NaN nor infinity: they go by their names. */
export const jsonLabels = (predictions: readonly ClassLabel[]): ClassLabel[] =>
  predictions.map((value) => (typeof value !== 'number' || Number.isFinite(value) ? value : String(value)));
