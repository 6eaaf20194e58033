import { z } from 'zod';
import { pageOf, PageQuery } from '../http/page.schema.js';

export const Layer = z.enum(['bronze', 'silver', 'gold']).meta({ id: 'Layer' });
export type Layer = z.infer<typeof Layer>;

const DatasetSummary = z.object({
  name: z.string().meta({ description: 'Layer and table', example: 'gold.routes' }),
  layer: Layer,
  description: z.string().meta({ example: 'Delays by route and hour of day' }),
  rows: z.int().nonnegative().meta({ example: 71_482 }),
  bytes: z.int().nonnegative().meta({ example: 1_204_224 }),
  files: z.int().nonnegative().meta({ example: 1 }),
  version: z.int().nonnegative().meta({ description: 'Delta version', example: 0 }),
  updated_at: z.iso.datetime().meta({ example: '2026-01-31T04:00:12.000Z' }),
});

export const DatasetItem = DatasetSummary.meta({ id: 'DatasetItem' });
export type DatasetItem = z.infer<typeof DatasetItem>;

export const DatasetColumn = z
  .object({
    name: z.string().meta({ example: 'mean_delay' }),
    type: z.string().meta({ description: 'Type in SQL', example: 'DOUBLE' }),
    nullable: z.boolean(),
    description: z.string().nullable(),
  })
  .meta({ id: 'DatasetColumn' });
export type DatasetColumn = z.infer<typeof DatasetColumn>;

export const DatasetConstraint = z
  .object({
    name: z.string().meta({ example: 'known_route' }),
    condition: z.string().meta({ description: 'In SQL, over the columns of one row', example: 'origin <> destination' }),
  })
  .meta({ id: 'DatasetConstraint' });

export const Dataset = DatasetSummary.extend({
  columns: z.array(DatasetColumn),
  partitions: z.array(z.string()),
  constraints: z.array(DatasetConstraint).meta({ description: 'What the table itself says of every row: no other is written' }),
  owner: z.string().nullable(),
  tags: z.array(z.string()),
  keys: z.array(z.string()).meta({ description: 'Columns that name a row' }),
  time: z.string().nullable().meta({ description: 'The column that says when a row happened' }),
  targets: z.array(z.string()).meta({ description: 'Columns that models may learn to predict' }),
}).meta({ id: 'Dataset' });
export type Dataset = z.infer<typeof Dataset>;

export const DatasetVersion = z
  .object({
    version: z.int().nonnegative(),
    timestamp: z.iso.datetime(),
    operation: z.string().meta({ example: 'OVERWRITE' }),
    rows_added: z.int().nonnegative(),
    rows_removed: z.int().nonnegative(),
    files_added: z.int().nonnegative(),
    files_removed: z.int().nonnegative(),
    run_id: z.uuid().nullable().meta({ description: 'The pipeline run that wrote it' }),
    inputs: z.array(z.object({ name: z.string(), version: z.int().nullable() })).meta({ description: 'What it was made from' }),
  })
  .meta({ id: 'DatasetVersion' });
export type DatasetVersion = z.infer<typeof DatasetVersion>;

export const QualityResult = z
  .object({
    expectation: z.string().meta({ example: 'between' }),
    columns: z.array(z.string()).meta({ example: ['delay'] }),
    severity: z.enum(['fail', 'quarantine', 'drop', 'warn']).meta({ description: 'What happens when it does not hold' }),
    status: z.enum(['passed', 'failed']),
    description: z
      .string()
      .nullable()
      .meta({ description: 'What is wrong when it does not hold', example: 'delay is not between -120 and 2000' }),
    checked_rows: z.int().nonnegative(),
    failed_rows: z.int().nonnegative(),
    checked_at: z.iso.datetime(),
    version: z.int().nullable().meta({ description: 'Delta version that was written; null when the check stopped the write' }),
    run_id: z.uuid().nullable(),
  })
  .meta({ id: 'QualityResult' });
export type QualityResult = z.infer<typeof QualityResult>;

export const QualityQuery = PageQuery.extend({
  latest: z.stringbool().default(false).meta({ description: 'Only the newest result of each expectation' }),
});
export type QualityQuery = z.infer<typeof QualityQuery>;

export const SchemaChangeItem = z
  .object({
    change: z.enum(['added', 'removed', 'retyped', 'missing']).meta({
      description:
        'A column that is new, gone or of another type, in the table or in what came for it; `missing`: it had not come, and is null there',
    }),
    column: z.string().meta({ example: 'delay' }),
    from: z.string().nullable().meta({ description: 'Type in the table before', example: 'INTEGER' }),
    to: z.string().nullable().meta({ description: 'Type since', example: 'BIGINT' }),
    version: z.int().nonnegative().meta({ description: 'Delta version that came with it' }),
    run_id: z.uuid().nullable(),
    changed_at: z.iso.datetime(),
  })
  .meta({ id: 'SchemaChange' });
export type SchemaChangeItem = z.infer<typeof SchemaChangeItem>;

export const DatasetQuery = PageQuery.extend({
  layer: Layer.optional(),
  q: z
    .string()
    .max(200)
    .refine((text) => !text.includes('\0'), 'holds a NUL')
    .optional()
    .meta({ description: 'Part of the name or the description' }),
  sort: z.enum(['name', '-name', 'rows', '-rows', 'bytes', '-bytes', 'updated_at', '-updated_at']).default('name'),
});
export type DatasetQuery = z.infer<typeof DatasetQuery>;

export const DatasetPage = pageOf('DatasetPage', DatasetItem);
export const DatasetVersionPage = pageOf('DatasetVersionPage', DatasetVersion);
export const SchemaChangePage = pageOf('SchemaChangePage', SchemaChangeItem);
export const QualityPage = pageOf('QualityPage', QualityResult);
