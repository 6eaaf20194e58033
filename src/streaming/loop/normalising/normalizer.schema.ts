import { z } from 'zod';
import { NormalizedRecord } from '../loop-record.js';
import { MaybeTime, PartStatus } from '../part-status.js';

export const NormalizedRecords = z.array(NormalizedRecord).meta({ id: 'LoopNormalizedRecords' });

export const NormalizerStatus = z
  .object({
    status: PartStatus,
    ultima_normalizacao: MaybeTime,
    total_normalizacoes: z.int().meta({ description: 'Batches', example: 420 }),
    registros_processados: z.int().meta({ description: 'Records that were sound', example: 8_400 }),
  })
  .meta({ id: 'LoopNormalizerStatus' });
export type NormalizerStatus = z.output<typeof NormalizerStatus>;
