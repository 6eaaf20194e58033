import { z } from 'zod';

const columnName = z.string().min(1);
const columns = z.union([columnName.transform((name) => [name]), z.array(columnName).min(1)]);
const bound = z.union([z.number(), z.string()]);
const count = z.int().nonnegative();

/** What a rule about single rows may do with those that break it, and what one about the whole table may do. */
const ROW = ['fail', 'quarantine', 'drop', 'warn'] as const;
const TABLE = ['fail', 'warn'] as const;
export type Severity = (typeof ROW)[number];

const onFail = z.enum(ROW).default('fail');
const onTableFail = z
  .enum(TABLE, {
    error: ({ input }) =>
      `is fail or warn: this rule is about the table as a whole, there are no single rows to ${String(input)}`,
  })
  .default('fail');

const hasBound = ({ min, max }: { min?: unknown; max?: unknown }): boolean => min !== undefined || max !== undefined;
const BOUNDS = 'needs min, max or both';

/** What text may be required to parse as. */
export const TEXT_TYPES = ['integer', 'number', 'boolean', 'date', 'timestamp', 'uuid', 'json'] as const;
export type TextType = (typeof TEXT_TYPES)[number];

const AGE = /^(\d+(?:\.\d+)?)\s*(seconds?|minutes?|hours?|days?)$/;
const SECONDS: Readonly<Record<string, number>> = { second: 1, minute: 60, hour: 3600, day: 86_400 };

/** @param text such as `36 hours` */
export function secondsIn(text: string): number {
  const [, amount, unit] = AGE.exec(text) ?? [];
  return Number(amount) * SECONDS[unit.replace(/s$/, '')];
}

const ruleName = z
  .string()
  .regex(/^[a-z][a-z0-9_]*$/, 'is lower case letters, digits and _')
  .meta({ description: 'How the results call the rule' });

/** One rule about the rows of a table; each kind has a key of its own. */
export const Expectation = z.union([
  z.strictObject({ not_null: columns, on_fail: onFail }),
  z.strictObject({ unique: columns, on_fail: onTableFail }),
  z.strictObject({
    between: z.strictObject({ column: columnName, min: bound.optional(), max: bound.optional() }).refine(hasBound, BOUNDS),
    on_fail: onFail,
  }),
  z.strictObject({
    in_set: z.strictObject({ column: columnName, values: z.array(z.union([z.string(), z.number(), z.boolean()])).min(1) }),
    on_fail: onFail,
  }),
  z.strictObject({
    length: z
      .strictObject({ column: columnName, min: count.optional(), max: count.optional() })
      .refine(hasBound, BOUNDS)
      .meta({ description: 'Characters of the value as text' }),
    on_fail: onFail,
  }),
  z.strictObject({
    type: z
      .strictObject({ column: columnName, is: z.enum(TEXT_TYPES) })
      .meta({ description: 'The value as text can be read as this type' }),
    on_fail: onFail,
  }),
  z.strictObject({
    regex: z
      .strictObject({ column: columnName, pattern: z.string().min(1) })
      .meta({ description: 'Somewhere in the value as text; RE2 syntax, ^ and $ for the whole of it' }),
    on_fail: onFail,
  }),
  z.strictObject({
    sql: z
      .strictObject({ condition: z.string().trim().min(1), name: ruleName.default('condition') })
      .meta({ description: 'A condition over the columns of one row' }),
    on_fail: onFail,
  }),
  z.strictObject({
    no_rows: z
      .strictObject({ query: z.string().trim().min(1), name: ruleName.default('query') })
      .meta({ description: 'A SELECT that finds what is wrong: over the table itself and the tables that the model reads' }),
    on_fail: onTableFail,
  }),
  z.strictObject({
    freshness: z
      .strictObject({ column: columnName, max_age: z.string().regex(AGE, 'is a number and a unit, such as 36 hours') })
      .meta({ description: 'How old the newest value may be when the model is built' }),
    on_fail: onTableFail,
  }),
  z.strictObject({
    row_count: z.strictObject({ min: count.optional(), max: count.optional() }).refine(hasBound, BOUNDS),
    on_fail: onTableFail,
  }),
]);
export type Expectation = z.infer<typeof Expectation>;

export const EXPECTATION_KINDS =
  'not_null, unique, between {column, min, max}, in_set {column, values}, length {column, min, max}, type {column, is}, ' +
  'regex {column, pattern}, sql {condition}, no_rows {query}, freshness {column, max_age}, row_count {min, max}; ' +
  'each with on_fail: fail, quarantine, drop or warn';
