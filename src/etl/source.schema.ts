import { z } from 'zod';
import { pageOf } from '../http/page.schema.js';

const described = {
  name: z
    .string()
    .regex(/^[a-z][a-z0-9_]*$/, 'is lower case letters, digits and _')
    .meta({ example: 'flights' }),
  description: z.string().min(1).meta({ example: 'Three million flights in the United States, January to June 2001' }),
  path: z.string().min(1).meta({
    description: 'A file or a glob, relative to the workspace',
    example: '../node_modules/vega-datasets/data/flights-3m.parquet',
  }),
  table: z
    .string()
    .regex(/^bronze\.[a-z][a-z0-9_]*$/, 'is bronze.<table>')
    .optional()
    .meta({ description: 'Where the rows land; bronze.<name> when not given', example: 'bronze.flights' }),
};

const CsvOptions = z.strictObject({
  delimiter: z.string().length(1).default(','),
  quote: z.string().length(1).default('"'),
  header: z.boolean().default(true),
  null_value: z.string().optional().meta({ description: 'What stands for a missing value, beside an empty field' }),
  columns: z
    .record(z.string().min(1), z.string().min(1))
    .optional()
    .meta({ description: 'Name and SQL type of every column, in order; detected when not given' }),
});

/** A file of `workspace/sources`. */
export const SourceDeclaration = z
  .discriminatedUnion('format', [
    z.strictObject({ ...described, format: z.literal('parquet') }),
    z.strictObject({ ...described, format: z.literal('csv'), csv: CsvOptions.prefault({}) }),
  ])
  .meta({ id: 'SourceDeclaration' });
export type SourceDeclaration = z.infer<typeof SourceDeclaration>;

export const Source = z
  .object({
    name: z.string().meta({ example: 'flights' }),
    description: z.string(),
    format: z.enum(['parquet', 'csv']),
    path: z.string().meta({ description: 'As it is declared', example: '../node_modules/vega-datasets/data/flights-3m.parquet' }),
    table: z.string().meta({ example: 'bronze.flights' }),
  })
  .meta({ id: 'Source' });
export type Source = z.infer<typeof Source>;

export const SourcePage = pageOf('SourcePage', Source);
