import { z } from 'zod';
import { pageOf } from '../http/page.schema.js';
import { isEncoding } from './reading/received-text.js';

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

const ON_DRIFT =
  'What happens when a file has other columns than the table: new ones become columns of the table and missing ones are null, rows with a value in a new column go to quarantine, or nothing of the file is loaded';
const onDrift = z.enum(['evolve', 'quarantine', 'fail']).default('evolve').meta({ description: ON_DRIFT });
/** A row of a Parquet file has no text that could be kept. */
const onDriftOfParquet = z.enum(['evolve', 'fail']).default('evolve').meta({ description: ON_DRIFT });

const rejecting = {
  on_drift: onDrift,
  on_reject: z.enum(['quarantine', 'fail']).default('quarantine').meta({
    description: 'What happens with a row that does not parse: it goes to quarantine, or nothing of its file is loaded',
  }),
  max_rejected: z.int().min(0).optional().meta({
    description: 'With more rejected rows than this in one file nothing of the file is loaded; no limit when not given',
  }),
};

const NESTED_TYPE = String.raw`(STRUCT|MAP)\s*\([\w\s,()"[\]]+\)`;
const SCALAR_TYPE = String.raw`BOOLEAN|TINYINT|SMALLINT|INTEGER|INT|BIGINT|FLOAT|REAL|DOUBLE|(DECIMAL|NUMERIC)\s*\(\s*\d+\s*,\s*\d+\s*\)|VARCHAR|TEXT|DATE|TIME|TIMESTAMP|TIMESTAMPTZ|TIMESTAMP WITH TIME ZONE|UUID|JSON`;

const columnTypes = (types: string) =>
  z
    .record(
      z.string().min(1),
      z
        .string()
        .regex(
          new RegExp(`^(${types})(\\[\\])*$`, 'i'),
          'is no type: use BIGINT, DOUBLE, "DECIMAL(10,2)" in quotes, VARCHAR, DATE, …',
        ),
    )
    .refine((columns) => Object.keys(columns).length > 0, 'names at least one column')
    .optional();

const asciiCharacter = z.string().regex(/^[\t\x20-\x7e]$/, 'is one character of ASCII');

const encoding = z
  .string()
  .refine(isEncoding, 'is no encoding that is known: utf-8, utf-16le, utf-16be, iso-8859-1, windows-1252, …')
  .default('utf-8')
  .meta({
    description: 'A label of the WHATWG Encoding Standard; a byte order mark in the file overrules it',
    example: 'windows-1252',
  });

const CsvOptions = z
  .strictObject({
    delimiter: asciiCharacter.default(','),
    quote: z
      .union([asciiCharacter, z.literal('')])
      .default('"')
      .meta({ description: 'Empty when nothing is quoted' }),
    escape: asciiCharacter
      .optional()
      .meta({ description: 'What stands before a quote inside quotes; the quote itself when not given' }),
    header: z.boolean().default(true).meta({ description: 'Whether the first line holds the names of the columns' }),
    skip: z
      .int()
      .min(0)
      .max(10_000)
      .default(0)
      .meta({ description: 'Lines before the header or the first row that are passed over' }),
    encoding,
    null_value: z
      .string()
      .optional()
      .meta({ description: 'What stands for a missing value, beside an empty field', example: 'NA' }),
    decimal: z.enum(['.', ',']).default('.').meta({ description: 'What stands before the fraction of a number' }),
    date_format: z
      .string()
      .min(2)
      .optional()
      .meta({ description: 'Of declared DATE columns, as strptime has it', example: '%d/%m/%Y' }),
    timestamp_format: z
      .string()
      .min(2)
      .optional()
      .meta({ description: 'Of declared TIMESTAMP columns, as strptime has it', example: '%d/%m/%Y %H:%M' }),
    columns: columnTypes(SCALAR_TYPE).meta({
      description:
        'SQL types by the name of the column; detected where not given. Without a header: every column, in the order of the file',
    }),
  })
  .refine(({ delimiter, quote }) => delimiter !== quote, { path: ['quote'], message: 'is the same as the delimiter' })
  .refine(({ delimiter, escape }) => delimiter !== escape, { path: ['escape'], message: 'is the same as the delimiter' });
export type CsvOptions = z.output<typeof CsvOptions>;

export const JsonOptions = z.strictObject({
  shape: z.enum(['auto', 'lines', 'array']).default('auto').meta({
    description: 'One object on each line, or one array of objects; auto looks at the first character',
  }),
  encoding,
  columns: columnTypes(`${SCALAR_TYPE}|${NESTED_TYPE}`).meta({
    description: 'SQL types by key; detected where not given. A key that is declared is a column even where no row has it',
  }),
});
export type JsonOptions = z.output<typeof JsonOptions>;

/** A file of `workspace/sources`. */
export const SourceDeclaration = z
  .discriminatedUnion('format', [
    z.strictObject({ ...described, on_drift: onDriftOfParquet, format: z.literal('parquet') }),
    z.strictObject({ ...described, ...rejecting, format: z.literal('csv'), csv: CsvOptions.prefault({}) }),
    z.strictObject({ ...described, ...rejecting, format: z.literal('json'), json: JsonOptions.prefault({}) }),
  ])
  .meta({ id: 'SourceDeclaration' });
export type SourceDeclaration = z.infer<typeof SourceDeclaration>;

const SourceLoad = z
  .object({
    batch: z.string().meta({ description: 'SHA-256 of the bytes' }),
    file: z.string().meta({ example: 'flights-3m.parquet' }),
    version: z.int().meta({ description: 'Of the table, with these rows' }),
    rows: z.int().nonnegative(),
    loaded_at: z.iso.datetime(),
    run_id: z.uuid().nullable(),
  })
  .meta({ id: 'SourceLoad' });
export type SourceLoad = z.infer<typeof SourceLoad>;

const summary = {
  name: z.string().meta({ example: 'flights' }),
  description: z.string(),
  format: z.enum(['parquet', 'csv', 'json']),
  path: z.string().meta({ description: 'As it is declared', example: '../node_modules/vega-datasets/data/flights-3m.parquet' }),
  table: z.string().meta({ example: 'bronze.flights' }),
  last_load: SourceLoad.nullable(),
};

export const Source = z.object(summary).meta({ id: 'Source' });
export type Source = z.infer<typeof Source>;

export const SourceDetail = z
  .object({
    ...summary,
    csv: CsvOptions.optional().meta({ description: 'How its files are read, defaults filled in' }),
    json: JsonOptions.optional().meta({ description: 'How its files are read, defaults filled in' }),
    on_drift: onDrift,
    on_reject: rejecting.on_reject.optional(),
    max_rejected: rejecting.max_rejected,
    loads: z.array(SourceLoad).meta({ description: 'The last ones, newest first' }),
  })
  .meta({ id: 'SourceDetail' });
export type SourceDetail = z.output<typeof SourceDetail>;

export const SourcePage = pageOf('SourcePage', Source);
