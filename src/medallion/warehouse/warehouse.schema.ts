import { z } from 'zod';

export const PublishedTable = z
  .object({
    dataset: z.string().meta({ example: 'gold.routes' }),
    table: z.string().meta({ description: 'Schema and name in PostgreSQL', example: 'gold.routes' }),
    mode: z.enum(['replace', 'merge']),
    key: z.array(z.string()).meta({ description: 'Its primary key; none when empty' }),
    indexes: z.array(z.array(z.string())),
    version: z.int().nullable().meta({ description: 'Delta version whose rows it has; null as long as it was not published' }),
    rows: z.int().nonnegative().nullable(),
    published_at: z.iso.datetime().nullable(),
    run_id: z.uuid().nullable().meta({ description: 'The run or job that published it' }),
    notice: z
      .string()
      .nullable()
      .meta({ description: 'What to do with a table that stands there, but whose model says publish no more' }),
  })
  .meta({ id: 'PublishedTable' });
export type PublishedTable = z.infer<typeof PublishedTable>;

export const Warehouse = z
  .object({
    host: z.string().meta({ example: '127.0.0.1' }),
    port: z.int().meta({ example: 5432 }),
    database: z.string().meta({ example: 'lab' }),
    schema: z.string().meta({ example: 'gold' }),
    role: z
      .string()
      .nullable()
      .meta({ description: 'Who may read the tables and nothing else; null when no BI_PASSWORD is set for it', example: 'bi' }),
    tables: z.array(PublishedTable),
  })
  .meta({ id: 'Warehouse' });
export type Warehouse = z.infer<typeof Warehouse>;

export const PublishOptions = z
  .strictObject({
    datasets: z
      .array(z.string())
      .min(1)
      .optional()
      .meta({ description: 'Tables to publish; all whose models say `publish:` when not given', example: ['gold.routes'] }),
  })
  .meta({ id: 'PublishOptions', example: {} });
export type PublishOptions = z.output<typeof PublishOptions>;
