import { z } from 'zod';
import { Expectation } from '../expectations/expectation.schema.js';
import { Publish } from '../warehouse/publish.schema.js';

const columnName = z.string().min(1);

/** The YAML header of a file in `workspace/transforms`. */
export const ModelHeader = z
  .strictObject({
    name: z.string().regex(/^(silver|gold)\.[a-z][a-z0-9_]*$/, 'is silver.<table> or gold.<table>, lower case'),
    description: z.string().min(1),
    kind: z.literal('full', { error: 'is "full": the table is made anew from its inputs' }).default('full'),
    keys: z.array(columnName).default([]).meta({ description: 'Columns that name a row' }),
    time: columnName.optional().meta({ description: 'The column that says when a row happened' }),
    targets: z.array(columnName).default([]).meta({ description: 'Columns that models may learn to predict' }),
    partition_by: z
      .array(columnName)
      .default([])
      .meta({ description: 'Columns whose values divide the rows into files; for those that queries filter by, with few values' }),
    columns: z.record(columnName, z.string()).default({}).meta({ description: 'What each column means' }),
    constraints: z
      .record(
        z.string().regex(/^[a-z_][a-z0-9_]*$/, 'a constraint is named in lower case letters, digits and _'),
        z.string().trim().min(1).max(10_000),
      )
      .default({})
      .meta({
        description: 'Conditions that are true for every row, by name: the table itself holds them, and refuses other rows whoever writes',
      }),
    expectations: z.array(Expectation).default([]),
    publish: Publish.optional().meta({ description: 'The table also stands in the warehouse; only for gold' }),
  })
  .meta({ id: 'ModelHeader' });
export type ModelHeader = z.infer<typeof ModelHeader>;
