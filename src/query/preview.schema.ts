import { z } from 'zod';
import { WholeNumber } from '../http/whole-number.schema.js';

export const PreviewQuery = z.object({
  limit: z.coerce.number().int().min(1).max(1000).default(20).meta({ description: 'How many rows at most' }),
  version: WholeNumber.optional().meta({ description: 'Delta version; the newest when not given' }),
});
export type PreviewQuery = z.infer<typeof PreviewQuery>;

export const Preview = z
  .object({
    columns: z.array(z.object({ name: z.string(), type: z.string() })).meta({ example: [{ name: 'origin', type: 'VARCHAR' }] }),
    rows: z.array(z.record(z.string(), z.unknown())).meta({ example: [{ origin: 'SFO' }] }),
    version: z.int().nonnegative().meta({ example: 0 }),
  })
  .meta({ id: 'Preview' });
export type Preview = z.infer<typeof Preview>;
