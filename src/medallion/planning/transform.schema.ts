import { z } from 'zod';
import { pageOf } from '../../http/page.schema.js';
import { MODEL_KINDS } from '../models/model.schema.js';

export const TransformItem = z
  .object({
    name: z.string().meta({ example: 'gold.routes' }),
    description: z.string(),
    kind: z.enum(MODEL_KINDS),
    file: z.string().meta({ description: 'In the workspace', example: 'transforms/gold/routes.sql' }),
    reads: z.array(z.string()).meta({ description: 'Tables and views', example: ['silver.flights'] }),
  })
  .meta({ id: 'TransformItem' });
export type TransformItem = z.infer<typeof TransformItem>;

export const TransformPage = pageOf('TransformPage', TransformItem);

export const Transform = TransformItem.extend({
  sql: z.string().meta({ description: 'Its SELECT' }),
  keys: z.array(z.string()),
  time: z.string().nullable(),
  version: z.int().nullable().meta({ description: 'Of its table; null for a view, and before the first build' }),
  intervals: z
    .array(z.object({ start: z.iso.datetime(), end: z.iso.datetime() }))
    .nullable()
    .meta({ description: 'Those that stand in the table, of a model that is built by them' }),
}).meta({ id: 'Transform' });
export type Transform = z.infer<typeof Transform>;

export const PlanQuery = z.object({
  models: z.string().optional().meta({
    description: 'Models, with all that they read, joined by commas; every model when not given',
    example: 'gold.routes',
  }),
});
export type PlanQuery = z.infer<typeof PlanQuery>;
