import { z } from 'zod';
import { moment } from '../models/model.schema.js';

const row = z.record(z.string().min(1), z.unknown());

const GivenTable = z
  .union([
    z.array(row).min(1, 'has a row; for a table without rows write { types: { column: TYPE }, rows: [] }'),
    z.strictObject({
      types: z
        .record(z.string().min(1), z.string().min(1))
        .default({})
        .meta({ description: 'SQL types by column; detected where not given' }),
      rows: z.array(row),
    }),
  ])
  .transform((given) => (Array.isArray(given) ? { types: {}, rows: given } : given));
export type GivenTable = z.output<typeof GivenTable>;

const ModelTest = z.strictObject({
  name: z.string().min(1).meta({ example: 'leaves out houses without an area' }),
  given: z.record(z.string().min(1), GivenTable).default({}).meta({ description: 'The rows of each table that the model reads' }),
  interval: z
    .strictObject({ start: moment, end: moment })
    .optional()
    .meta({ description: 'For a model of kind incremental_by_time: @start and @end' }),
  expect: z
    .array(row)
    .meta({ description: 'The rows that come out, in any order; columns that are not named are not looked at' }),
});
export type ModelTest = z.output<typeof ModelTest>;

/** A file of `workspace/tests`. */
export const ModelTestFile = z
  .strictObject({
    model: z.string().min(1).meta({ example: 'silver.houses' }),
    tests: z.array(ModelTest).min(1),
  })
  .meta({ id: 'ModelTestFile' });

const outcomeRow = z.record(z.string(), z.unknown());

const ModelTestOutcome = z
  .object({
    model: z.string().meta({ example: 'silver.houses' }),
    name: z.string(),
    file: z.string().meta({ description: 'With the line', example: 'tests/houses.yaml:3' }),
    status: z.enum(['passed', 'failed']),
    message: z.string().nullable().meta({ description: 'What is wrong, where the test could not be run' }),
    missing: z.array(outcomeRow).meta({ description: 'Expected rows that did not come out, the first ten' }),
    unexpected: z.array(outcomeRow).meta({ description: 'Rows that came out and were not expected, the first ten' }),
  })
  .meta({ id: 'ModelTestOutcome' });
export type ModelTestOutcome = z.infer<typeof ModelTestOutcome>;

export const ModelTestRequest = z
  .strictObject({
    models: z
      .array(z.string())
      .min(1)
      .optional()
      .meta({ description: 'Only the tests of these models', example: ['gold.routes'] }),
  })
  .meta({ id: 'ModelTestRequest' });
export type ModelTestRequest = z.output<typeof ModelTestRequest>;

export const ModelTestReport = z
  .object({ passed: z.int(), failed: z.int(), tests: z.array(ModelTestOutcome) })
  .meta({ id: 'ModelTestReport' });
export type ModelTestReport = z.infer<typeof ModelTestReport>;
