import { z } from 'zod';

const columns = z.array(z.string().min(1)).min(1).max(32);

/** What the header of a gold model says of its table in the warehouse. */
export const Publish = z
  .strictObject({
    mode: z.enum(['replace', 'merge']).default('replace').meta({
      description:
        'replace puts a new table in the place of the old one; merge changes only the rows that differ, found by `key`',
    }),
    key: columns.optional().meta({ description: 'Columns that name a row: the primary key of the published table' }),
    indexes: z.array(columns).max(32).default([]).meta({ description: 'Further indexes, each over these columns in this order' }),
  })
  .refine(({ mode, key }) => mode !== 'merge' || key !== undefined, {
    path: ['mode'],
    message: 'merge finds rows by their key: name its columns with `key`',
  })
  .refine(({ indexes }) => new Set(indexes.map((names) => JSON.stringify(names))).size === indexes.length, {
    path: ['indexes'],
    message: 'one of them is named twice: name it once',
  })
  .meta({ id: 'Publish' });
export type Publish = z.output<typeof Publish>;
