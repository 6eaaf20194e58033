import { z } from 'zod';
import { EXAMPLES, Label } from '../prediction.schema.js';

const MODEL_ID = /^([a-z0-9_]{1,100})(?::([1-9]\d{0,8})|@([a-z][a-z0-9_-]{0,99}))?$/;

const ModelId = z.string().regex(MODEL_ID, 'is a name, name:version or name@alias').meta({
  description: '`name` (its production version), `name:version` or `name@alias`',
  example: 'flights_late',
});

export const KeptPredictionRequest = z
  .strictObject({
    // The cells are looked at later and in blocks, against the features of the model: here they are only described.
    data: z
      .array(z.unknown())
      .min(1, 'has no rows')
      .meta({
        description: 'Rows of raw values by name; null is missing',
        items: {
          type: 'object',
          additionalProperties: { anyOf: [{ type: 'number' }, { type: 'string' }, { type: 'boolean' }], nullable: true },
        },
      }),
    model_id: ModelId,
  })
  .meta({ id: 'KeptPredictionRequest', example: { data: EXAMPLES.records.value.records, model_id: 'flights_late' } });
export type KeptPredictionRequest = z.infer<typeof KeptPredictionRequest>;

const facts = {
  predictions: z.array(Label).meta({ description: 'A number a row, or the likeliest class', example: [true] }),
  model_id: ModelId,
  model_version: z.string().meta({ description: 'The version that answered', example: '1' }),
};

export const KeptPredictionAnswer = z.object({ id: z.uuid(), ...facts }).meta({ id: 'KeptPredictionAnswer' });
export type KeptPredictionAnswer = z.infer<typeof KeptPredictionAnswer>;

export const KeptPrediction = z
  .object({ prediction_id: z.uuid(), status: z.literal('completed'), ...facts, created_at: z.iso.datetime() })
  .meta({ id: 'KeptPrediction' });
export type KeptPrediction = z.infer<typeof KeptPrediction>;

/** @param id of the form that the schema lets through */
export function modelChoiceOf(id: string): { model_name: string; version?: number; alias?: string } {
  const [, model_name, version, alias] = MODEL_ID.exec(id) as RegExpExecArray;
  return { model_name, ...(version && { version: Number(version) }), ...(alias && { alias }) };
}
