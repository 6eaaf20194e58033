import { z } from 'zod';
import { LoopRecord } from '../loop-record.js';

const original = LoopRecord.shape;

/** A message of `loop.predicoes`. */
export const ScoredPrediction = z
  .object({
    ...{ timestamp: original.timestamp, geracao_id: original.geracao_id, idade: original.idade, cargo: original.cargo },
    ...{ cidade: original.cidade, idh: original.idh, salario: original.salario },
    predicao: z.number().meta({ description: 'Reais a month', example: 7_050.1 }),
    residuo: z.number().meta({ description: 'What the person earns, less what was predicted', example: 262.35 }),
    modelo_id: z.string().meta({ example: 'loop_salario:3' }),
    inedito: z.boolean().meta({ description: 'Whether the model had not seen the person: only then the error counts' }),
  })
  .meta({ id: 'LoopScoredPrediction' });
export type ScoredPrediction = z.output<typeof ScoredPrediction>;

const measures = {
  rows: z.int().meta({ description: 'Predictions whose truth has arrived', example: 1_200 }),
  mse: z.number().nullable().meta({ description: 'Mean squared error, reais²', example: 1_020_000 }),
  mae: z.number().nullable().meta({ description: 'Mean absolute error, reais', example: 690.2 }),
  r2: z
    .number()
    .nullable()
    .meta({ description: 'Share of the variance that is explained; the mean of all would have 0', example: 0.97 }),
};

export const Evaluation = z
  .object({
    model: z.string().nullable().meta({ description: 'In production now', example: 'loop_salario:3' }),
    ...measures,
    over_time: z.array(z.object({ start: z.iso.datetime(), ...measures })),
    by_age: z.array(
      z.object({
        from: z.int().meta({ description: 'Years, inclusive', example: 25 }),
        to: z.int().meta({ description: 'Years, inclusive', example: 34 }),
        ...measures,
      }),
    ),
    residuals: z.array(ScoredPrediction).meta({ description: 'The newest predictions of people that the model had not seen' }),
  })
  .meta({ id: 'LoopEvaluation' });
export type Evaluation = z.output<typeof Evaluation>;

const A_WEEK = 7 * 24 * 60;

export const EvaluationQuery = z.strictObject({
  minutes: z.coerce.number().int().min(1).max(A_WEEK).default(60).meta({ description: 'How far to look back' }),
  span: z.coerce.number().int().min(1).max(A_WEEK).default(1).meta({ description: 'Minutes of each span of `over_time`' }),
  residuals: z.coerce.number().int().min(0).max(2_000).default(200).meta({ description: 'How many residuals, at most' }),
});
export type EvaluationQuery = z.output<typeof EvaluationQuery>;
