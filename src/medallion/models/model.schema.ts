import { z } from 'zod';
import { Expectation } from '../expectations/expectation.schema.js';
import { Publish } from '../warehouse/publish.schema.js';
import { INTERVAL_UNITS } from './interval.js';

const columnName = z.string().min(1);

export const MODEL_KINDS = ['full', 'view', 'incremental_by_time', 'incremental_by_key', 'snapshot', 'seed'] as const;
export type ModelKind = (typeof MODEL_KINDS)[number];

/** Of 30 February a Date makes 2 March. */
function isOfCalendar(text: string): boolean {
  const time = new Date(text);
  return !Number.isNaN(time.getTime()) && time.toISOString().startsWith(text.slice(0, 10));
}

/** A day or a time, UTC. */
export const moment = z
  .string()
  .regex(/^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?Z)?$/, 'is a day (2001-01-31) or a time in UTC (2001-01-31T06:00:00Z)')
  .refine(isOfCalendar, 'is no day of the calendar');

const Intervals = z
  .strictObject({
    every: z.enum(INTERVAL_UNITS).meta({ description: 'How long an interval is, UTC' }),
    start: moment.meta({ description: 'Where the first interval begins; the others follow without a gap', example: '2001-01-01' }),
    end: moment.optional().meta({ description: 'Where the last interval ends, for data that is complete; now when not given' }),
    lookback: z.int().min(0).max(10_000).default(0).meta({
      description: 'So many of the newest intervals are made again when anything that they read has changed; late rows re-open theirs without it',
    }),
  })
  .refine(({ end, start }) => end === undefined || Date.parse(end) > Date.parse(start), {
    path: ['end'],
    message: 'is not after start',
  })
  .refine(({ every, start }) => !['month', 'year'].includes(every) || start.slice(8, 10) === '01', {
    path: ['start'],
    message: 'is the first day of a month, where intervals are months or years',
  });

const SeedFile = z.strictObject({
  path: z
    .string()
    .min(1)
    .refine((path) => !path.startsWith('/') && !path.split(/[\\/]/).includes('..'), 'stays within the workspace')
    .meta({ description: 'Relative to the workspace', example: 'seeds/towns.csv' }),
  columns: z
    .record(columnName, z.string().min(1))
    .refine((columns) => Object.keys(columns).length > 0, 'names at least one column')
    .meta({ description: 'SQL types by name, in the order of the file', example: { town: 'VARCHAR', people: 'BIGINT' } }),
  delimiter: z.string().length(1).default(','),
  null_value: z.string().optional().meta({ description: 'What stands for a missing value, beside an empty field' }),
});

const Header = z.strictObject({
  name: z.string().regex(/^(silver|gold)\.[a-z][a-z0-9_]*$/, 'is silver.<table> or gold.<table>, lower case'),
  description: z.string().min(1),
  kind: z
    .enum(MODEL_KINDS, { error: `is one of ${MODEL_KINDS.join(', ')}` })
    .default('full')
    .meta({
      description:
        'full: made anew from its inputs. view: no table, a part of the models that read it. incremental_by_time: interval by interval, each once. incremental_by_key: rows take the place of those with the same keys. snapshot: a history of how rows changed. seed: a CSV file of the workspace',
    }),
  keys: z.array(columnName).default([]).meta({ description: 'Columns that name a row' }),
  time: columnName.optional().meta({ description: 'The column that says when a row happened' }),
  intervals: Intervals.optional().meta({ description: 'Of incremental_by_time: the SELECT gets @start and @end of each' }),
  csv: SeedFile.optional().meta({ description: 'Of a seed: its file' }),
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
});

/** The YAML header of a file in `workspace/transforms`. */
export const ModelHeader = Header.superRefine((header, context) => {
  for (const [key, message] of misplaced(header)) context.addIssue({ code: 'custom', path: [key], message });
}).meta({ id: 'ModelHeader' });
export type ModelHeader = z.infer<typeof Header>;

type Fault = readonly [key: keyof ModelHeader, message: string];

/** What a kind needs and has not, and what it has and cannot keep. */
function misplaced(header: ModelHeader): Fault[] {
  const { name, kind, keys, time, intervals, csv, publish } = header;
  const faults: (Fault | false)[] = [
    kind === 'incremental_by_time' && !intervals && ['kind', 'incremental_by_time needs intervals: { every: day, start: 2001-01-01 }'],
    kind === 'incremental_by_time' && !time && ['kind', 'incremental_by_time needs time: the column whose values lie in the interval'],
    kind !== 'incremental_by_time' && intervals && ['intervals', `is of kind incremental_by_time only, and this is ${kind}`],
    (kind === 'incremental_by_key' || kind === 'snapshot') && keys.length === 0 && ['kind', `${kind} needs keys: the columns that name a row`],
    kind === 'seed' && !csv && ['kind', 'seed needs csv: { path, columns }'],
    publish && !name.startsWith('gold.') && ['publish', `is of gold tables only, and this is ${name}`],
    publish && kind === 'view' && ['publish', 'is about a table, and a view is none: publish the model that reads it'],
    kind !== 'seed' && csv && ['csv', `is of kind seed only, and this is ${kind}`],
    ...(kind === 'view' ? (['partition_by', 'constraints', 'expectations'] as const).map((key) => onView(header, key)) : []),
  ].filter((fault) => fault !== undefined) as (Fault | false)[];
  return faults.filter((fault) => fault !== false);
}

function onView(header: ModelHeader, key: 'partition_by' | 'constraints' | 'expectations'): Fault | false {
  if (Object.keys(header[key]).length === 0) return false;
  return [key, 'is about a table, and a view is none: declare it where the view is read'];
}
