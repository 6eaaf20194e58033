import { z } from 'zod';

const columnName = z.string().min(1);
const onFail = z.enum(['fail', 'drop', 'warn']).default('fail');
const columns = z.union([columnName.transform((name) => [name]), z.array(columnName).min(1)]);
const bound = z.union([z.number(), z.string()]);

/** One rule about the rows of a table; each kind has a key of its own. */
export const Expectation = z.union([
  z.strictObject({ not_null: columns, on_fail: onFail }),
  z.strictObject({ unique: columns, on_fail: z.enum(['fail', 'warn']).default('fail') }),
  z
    .strictObject({
      between: z.strictObject({ column: columnName, min: bound.optional(), max: bound.optional() }),
      on_fail: onFail,
    })
    .refine(({ between }) => between.min !== undefined || between.max !== undefined, 'between needs min, max or both'),
  z.strictObject({
    in_set: z.strictObject({ column: columnName, values: z.array(z.union([z.string(), z.number(), z.boolean()])).min(1) }),
    on_fail: onFail,
  }),
  z
    .strictObject({
      row_count: z.strictObject({ min: z.int().nonnegative().optional(), max: z.int().nonnegative().optional() }),
      on_fail: z.enum(['fail', 'warn']).default('fail'),
    })
    .refine(({ row_count }) => row_count.min !== undefined || row_count.max !== undefined, 'row_count needs min, max or both'),
]);
export type Expectation = z.infer<typeof Expectation>;

/** The YAML header of a file in `workspace/transforms`. */
export const ModelHeader = z
  .strictObject({
    name: z.string().regex(/^(silver|gold)\.[a-z][a-z0-9_]*$/, 'is silver.<table> or gold.<table>, lower case'),
    description: z.string().min(1),
    kind: z.literal('full', { error: 'is "full": the table is made anew from its inputs' }).default('full'),
    keys: z.array(columnName).default([]).meta({ description: 'Columns that name a row' }),
    time: columnName.optional().meta({ description: 'The column that says when a row happened' }),
    targets: z.array(columnName).default([]).meta({ description: 'Columns that models may learn to predict' }),
    columns: z.record(columnName, z.string()).default({}).meta({ description: 'What each column means' }),
    expectations: z.array(Expectation).default([]),
  })
  .meta({ id: 'ModelHeader' });
export type ModelHeader = z.infer<typeof ModelHeader>;
