import { z } from 'zod';
import { LoopRecord } from '../loop-record.js';
import { MaybeTime, PartStatus } from '../part-status.js';

export const SalaryRequest = z
  .strictObject({
    idade: z.number().min(0).max(120).meta({ description: 'Years', example: 34 }),
    cargo: LoopRecord.shape.cargo.optional().meta({
      description: 'Without one, or with one that the model never saw: the mean over all, each as often as people have it',
      example: 'Contador',
    }),
    idh: LoopRecord.shape.idh.optional().meta({ description: 'Of the city; without one that of the mean', example: 0.772 }),
  })
  .meta({ id: 'LoopSalaryRequest', examples: [{ idade: 34 }] });
export type SalaryRequest = z.output<typeof SalaryRequest>;

export const SalaryPrediction = z
  .object({
    predicao: z.number().meta({ description: 'Reais a month', example: 8_214.5 }),
    idade: z.number().meta({ example: 34 }),
    timestamp: z.iso.datetime(),
    modelo_id: z.string().meta({ description: 'Name and version', example: 'loop_salario:3' }),
  })
  .meta({ id: 'LoopSalaryPrediction' });
export type SalaryPrediction = z.output<typeof SalaryPrediction>;

export const TrainerStatus = z
  .object({
    status: PartStatus,
    ultima_atualizacao: MaybeTime,
    total_treinamentos: z.int().meta({ example: 14 }),
    total_predicoes: z.int().meta({ description: 'Those that the consumer asks for among them', example: 8_400 }),
    modelo_disponivel: z.boolean(),
  })
  .meta({ id: 'LoopTrainerStatus' });
export type TrainerStatus = z.output<typeof TrainerStatus>;
