import { z } from 'zod';
import { LoopRecord } from '../loop-record.js';
import { MaybeTime, PartStatus } from '../part-status.js';

/** With STREAM_DIRT some are spoilt: any field may then be missing or of another type. */
export const LoopRecords = z.array(LoopRecord).meta({ id: 'LoopRecords' });

export const GeneratorStatus = z
  .object({
    status: PartStatus,
    ultima_geracao: MaybeTime,
    total_geracoes: z.int().meta({ example: 420 }),
    registros_atuais: z.int().meta({ description: 'Records of the last generation', example: 20 }),
  })
  .meta({ id: 'LoopGeneratorStatus' });
export type GeneratorStatus = z.output<typeof GeneratorStatus>;
