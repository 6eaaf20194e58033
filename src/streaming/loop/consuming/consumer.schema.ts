import { z } from 'zod';
import { MaybeTime, PartStatus } from '../part-status.js';
import { SalaryPrediction } from '../training/trainer.schema.js';

export const ConsumerStatus = z
  .object({
    status: PartStatus,
    ultima_predicao: SalaryPrediction.nullable(),
    total_consumos: z.int().meta({ description: 'People for whom a prediction was had', example: 8_400 }),
    ultima_tentativa: MaybeTime,
    erros: z.int().meta({ description: 'Attempts that had no answer; each is followed by another', example: 4 }),
  })
  .meta({ id: 'LoopConsumerStatus' });
export type ConsumerStatus = z.output<typeof ConsumerStatus>;
