import type { Column, Query, Relation } from '../../engines/sql/sql.port.js';

/** Text in samples is cut: a column of documents must not fill the memory. */
export const CUT = 200;

export type ColumnKind = 'number' | 'time' | 'text' | 'list' | 'nested' | 'other';

export function kindOf(type: string): ColumnKind {
  if (type.endsWith(']')) return 'list';
  if (/^(STRUCT|MAP)\(/.test(type)) return 'nested';
  if (/^(TINYINT|SMALLINT|INTEGER|BIGINT|FLOAT|DOUBLE|DECIMAL\()/.test(type)) return 'number';
  if (/^(DATE|TIMESTAMP)/.test(type)) return 'time';
  return type === 'VARCHAR' ? 'text' : 'other';
}

/** What the pass tells of one column. */
export interface ColumnFacts {
  readonly nulls: bigint;
  readonly distinct: bigint;
  readonly min: string | null;
  readonly max: string | null;
  readonly mean: number | null;
  readonly stddev: number | null;
  readonly shortest: bigint | null;
  readonly longest: bigint | null;
  readonly mean_length: number | null;
  /** As text, without nulls. */
  readonly sample: readonly string[] | null;
}

/**
 * One SELECT that reads the table once and tells of all rows what is cheap to tell, and a random share of them for the rest.
 * @returns a query of one row: `rows`, `sampled`, and a struct for each column, `c0`, `c1` …
 */
export function passOver(columns: readonly Column[], table: Relation, share: number): Query {
  const facts = columns.map(({ name, type }, index) => `${factsOf(name, type)} AS c${index}`);
  const sql = `SELECT count(*) AS rows, count(*) FILTER (WHERE "(sampled)") AS sampled, ${facts.join(',\n')}
FROM (SELECT *, ${share >= 1 ? 'true' : `random() < ${share}`} AS "(sampled)" FROM t)`;
  return { sql, tables: { t: table } };
}

function factsOf(name: string, type: string): string {
  const [column, kind] = [`"${name.replaceAll('"', '""')}"`, kindOf(type)];
  const nested = kind === 'list' || kind === 'nested';
  const asText = (value: string): string => `CAST(${nested ? `to_json(${value})` : value} AS VARCHAR)`;
  const ofNumber = (aggregate: string): string =>
    kind === 'number' ? `CAST(${aggregate}(${column})${onlyFinite(column, type)} AS DOUBLE)` : 'CAST(NULL AS DOUBLE)';
  const length = { text: `length(${column})`, list: `len(${column})` }[kind as string] ?? 'CAST(NULL AS BIGINT)';
  const extreme = (aggregate: string): string =>
    ORDERED.includes(kind) ? `left(CAST(${aggregate}(${column}) AS VARCHAR), ${CUT})` : 'CAST(NULL AS VARCHAR)';
  // Made text behind the aggregate, a value that is not sampled costs nothing.
  const sample = `list(${column}) FILTER (WHERE "(sampled)" AND ${column} IS NOT NULL)`;
  return `{
  'nulls': count(*) - count(${column}), 'distinct': approx_count_distinct(${nested ? asText(column) : column}),
  'min': ${extreme('min')}, 'max': ${extreme('max')}, 'mean': ${ofNumber('avg')}, 'stddev': ${ofNumber('stddev_samp')},
  'shortest': CAST(min(${length}) AS BIGINT), 'longest': CAST(max(${length}) AS BIGINT), 'mean_length': avg(${length}),
  'sample': list_transform(${sample}, lambda value: left(${asText('value')}, ${CUT}))
}`;
}

const ORDERED: readonly ColumnKind[] = ['number', 'time', 'text'];

/** A NaN or an infinity would make every mean one. */
const onlyFinite = (column: string, type: string): string =>
  /^(FLOAT|DOUBLE)$/.test(type) ? ` FILTER (WHERE isfinite(${column}))` : '';
