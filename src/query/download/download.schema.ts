import { z } from 'zod';
import { WholeNumber } from '../../http/whole-number.schema.js';

export const DownloadFormat = z.enum(['parquet', 'csv', 'json']);
export type DownloadFormat = z.infer<typeof DownloadFormat>;

export const DownloadQuery = z.object({
  format: DownloadFormat.default('parquet').meta({ description: 'What the file is' }),
  version: WholeNumber.optional().meta({ description: 'Delta version; the newest when not given' }),
  partition_by: z
    .string()
    .max(1000)
    .regex(/^[^,]+(,[^,]+)*$/, 'names columns, with commas between them')
    .optional()
    .meta({ description: 'Columns that divide it: a tar of folders such as origin=SFO, each with its files', example: 'hour' }),
});
export type DownloadQuery = z.infer<typeof DownloadQuery>;
