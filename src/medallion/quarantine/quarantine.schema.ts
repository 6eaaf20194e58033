import { z } from 'zod';
import { pageOf, PageQuery } from '../../http/page.schema.js';
import { QUARANTINE_STATUSES } from './quarantine-columns.js';

const DatasetName = z
  .string()
  .regex(/^(bronze|silver|gold)\.[A-Za-z0-9][A-Za-z0-9_-]*$/, 'is layer.table, such as silver.flights');

export const QuarantineQuery = PageQuery.extend({
  dataset: DatasetName.optional().meta({ description: 'The table that the rows were meant for', example: 'silver.flights' }),
  run: z.uuid().optional().meta({ description: 'The run that put them there' }),
  stage: z.enum(['load', 'build']).optional(),
  source: z.string().max(200).optional().meta({ description: 'Name of a declared source' }),
  batch: z.string().max(200).optional().meta({ description: 'As in `_batch` of a bronze table' }),
  status: z.enum(QUARANTINE_STATUSES).default('open').meta({ description: 'Waiting, on its way back, or back' }),
});
export type QuarantineQuery = z.infer<typeof QuarantineQuery>;

export const QuarantineItem = z
  .object({
    id: z.string().meta({ example: '0cc175b9-c0f1-b6a8-31c3-99e269772661' }),
    status: z.enum(QUARANTINE_STATUSES),
    dataset: z.string().meta({ example: 'silver.flights' }),
    stage: z.enum(['load', 'build']).meta({ description: 'Stopped on its way into bronze, or by an expectation of a model' }),
    source: z.string().nullable(),
    file: z.string().nullable(),
    line: z.int().nullable().meta({ description: 'Line of the file, from 1' }),
    text: z.string().nullable().meta({ description: 'As received, where it could not be read as a row' }),
    row: z.record(z.string(), z.unknown()).nullable(),
    rules: z.array(z.string()).meta({ description: 'All that it broke', example: ['between(delay)'] }),
    reason: z.string().meta({ example: 'delay is not between -120 and 2000' }),
    batch: z.string().nullable(),
    run_id: z.string().nullable().meta({ description: 'The run that put it here' }),
    quarantined_at: z.iso.datetime(),
    replayed_at: z.iso.datetime().nullable(),
  })
  .meta({ id: 'QuarantineItem' });
export type QuarantineItem = z.infer<typeof QuarantineItem>;

export const QuarantinePage = pageOf('QuarantinePage', QuarantineItem);
