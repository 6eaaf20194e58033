import { stat } from 'node:fs/promises';
import { SqlError } from '../sql.errors.js';
import type { Column, CsvDialect, Relation } from '../sql.port.js';
import { quoteName, quoteText } from './sql-text.js';

const MEBIBYTE = 1024 * 1024;

export type FileRelation = Exclude<Relation, { format: 'view' }>;

/** DuckDB sets twice as much aside for each thread, even for a file of ten lines. */
const JSON_OBJECT_BYTES = { least: MEBIBYTE, most: 16 * MEBIBYTE };

/** @returns a SELECT over the files @throws {SqlError} when there are neither files nor columns */
export async function selectFrom(table: string, relation: FileRelation): Promise<string> {
  const columns = relation.format === 'csv' ? relation.csv?.columns : relation.columns;
  if (relation.files.length === 0) {
    if (!columns) throw new SqlError(`The table "${table}" has neither files nor columns.`);
    return nothingWith(relation.format === 'parquet' ? withOrigin(columns, relation) : columns);
  }
  switch (relation.format) {
    case 'parquet':
      return parquetRelation(relation);
    case 'csv':
      return `FROM ${call('read_csv', relation.files, csvOptions(relation.csv ?? {}))}`;
    case 'json':
      return `FROM ${call('read_json', relation.files, await jsonOptions(relation))}`;
  }
}

function parquetRelation(relation: FileRelation & { format: 'parquet' }): string {
  const { files, columns, fieldIds } = relation;
  if (columns && fieldIds) return `FROM ${parquet(files, relation, byId(columns, fieldIds))}`;
  const source = parquet(files, relation);
  return columns ? adapted(withOrigin(columns, relation), source) : `FROM ${source}`;
}

/** Columns are cast to the type, and NULL where a file has no such number. */
function byId(columns: readonly Column[], ids: readonly number[]): string {
  const entries = columns.map(
    ({ name, type }, at) => `${ids[at]}: {name: ${quoteText(name)}, type: ${quoteText(type)}, default_value: NULL}`,
  );
  return `schema = MAP {${entries.join(', ')}}`;
}

/** Columns that say where a row is from. */
interface Origin {
  readonly fileColumn?: string;
  readonly rowColumn?: string;
}

const withOrigin = (columns: readonly Column[], { fileColumn, rowColumn }: Origin): readonly Column[] => [
  ...columns,
  ...(fileColumn === undefined ? [] : [{ name: fileColumn, type: 'VARCHAR' }]),
  ...(rowColumn === undefined ? [] : [{ name: rowColumn, type: 'BIGINT' }]),
];

/**
 * The columns of the empty branch come first and give names, order and NULLs; DuckDB drops the branch when it plans.
 * (`read_parquet(schema = …)` says the same in fewer words, and made a copy of three million rows half as slow again.)
 */
function adapted(columns: readonly Column[], source: string): string {
  const casts = columns.map(({ name, type }) => `CAST(${quoteName(name)} AS ${type}) AS ${quoteName(name)}`);
  return `SELECT ${casts.join(', ')} FROM (${nothingWith(columns)} UNION ALL BY NAME FROM ${source})`;
}

const nothingWith = (columns: readonly Column[]): string =>
  `SELECT ${columns.map(({ name, type }) => `CAST(NULL AS ${type}) AS ${quoteName(name)}`).join(', ')} WHERE false`;

/** Parquet files as they stand in FROM: columns by name, those of all files. */
export function parquet(
  files: readonly string[],
  { fileColumn, rowColumn }: Origin = {},
  columns = 'union_by_name = true',
): string {
  const source = call('read_parquet', files, [
    columns,
    ...(fileColumn === undefined ? [] : [`filename = ${quoteText(fileColumn)}`]),
    ...(rowColumn === undefined ? [] : ['file_row_number = true']),
  ]);
  return rowColumn === undefined ? source : `(SELECT * RENAME (file_row_number AS ${quoteName(rowColumn)}) FROM ${source})`;
}

/** Folders such as `year=2020` are no columns here: who wrote them says what they mean. */
const call = (reader: string, files: readonly string[], options: readonly string[]): string =>
  `${reader}([${files.map((file) => quoteText(literally(file))).join(', ')}], ${['hive_partitioning = false', ...options].join(', ')})`;

/** A path in which DuckDB sees no pattern. */
export const literally = (path: string): string => path.replaceAll(/[[*?]/g, '[$&]');

function csvOptions({ delimiter, quote, header, columns, nullValue }: CsvDialect): string[] {
  const withNames = header ?? (columns ? true : undefined);
  return [
    delimiter !== undefined && `delim = ${quoteText(delimiter)}`,
    quote !== undefined && `quote = ${quoteText(quote)}, escape = ${quoteText(quote)}`,
    withNames !== undefined && `header = ${withNames}`,
    nullValue !== undefined && `nullstr = ['', ${quoteText(nullValue)}]`,
    columns ? `columns = ${typed(columns)}, auto_detect = false` : 'union_by_name = true',
  ].filter((option) => option !== false);
}

async function jsonOptions({ files, columns, maps = true }: FileRelation & { format: 'json' }): Promise<string[]> {
  const sizes = await Promise.all(
    files.map((file) =>
      stat(file).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  const { least, most } = JSON_OBJECT_BYTES;
  const largest = Math.min(Math.max(least, ...sizes), most);
  const detected = ['sample_size = -1', ...(maps ? [] : ['map_inference_threshold = -1'])].join(', ');
  const shape = columns ? `columns = ${typed(columns)}` : detected;
  return [`format = 'newline_delimited'`, shape, `maximum_object_size = ${largest}`];
}

const typed = (columns: readonly Column[]): string =>
  `{${columns.map(({ name, type }) => `${quoteText(name)}: ${quoteText(type)}`).join(', ')}}`;
