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
}

/** Squares of these, however many, have a sum that a DOUBLE holds. */
const MOST_SQUARED = '1e140';

/** How a standard deviation is asked for: `careful` is NULL where `plain` makes the whole SELECT fail, and costs more. */
export type Deviation = 'plain' | 'careful';

/**
 * One SELECT that reads the table once and tells of all rows what is cheap to tell, and a random share of them for the rest.
 * @returns a query of one row: `rows`, `sampled`, and for each column its facts, `c0`, `c1` …, and those of its values that are in
 * the sample as text, without nulls, `s0`, `s1` … (null in place of an empty list)
 */
export function passOver(columns: readonly Column[], table: Relation, share: number, deviation: Deviation = 'plain'): Query {
  const facts = columns.map((column, index) => `${factsOf(column, deviation)} AS c${index}`);
  // Whole rows: for each FILTER the engine cuts out what all aggregates are given, and one for each column took as long as all the rest.
  const row = columns.map(({ name }, index) => `'v${index}': ${quoted(name)}`);
  const samples = columns.map(({ type }, index) => `${sampleOf(`row.v${index}`, type)} AS s${index}`);
  const sql = `WITH pass AS (
SELECT count(*) AS rows, list({${row.join(', ')}}) FILTER (WHERE "(sampled)") AS sample,
${facts.join(',\n')}
FROM (SELECT *, ${share >= 1 ? 'true' : `random() < ${share}`} AS "(sampled)" FROM t)
), samples AS (
SELECT ${samples.join(',\n')}
FROM (SELECT unnest(sample) AS row FROM pass)
)
SELECT pass.* EXCLUDE (sample), coalesce(len(sample), 0) AS sampled, samples.* FROM pass, samples`;
  return { sql, tables: { t: table } };
}

function factsOf({ name, type }: Column, deviation: Deviation): string {
  const [column, kind] = [quoted(name), kindOf(type)];
  const ofNumber = (fact: (numbers: string) => string): string =>
    `CAST(${kind === 'number' ? fact(summable(column, type)) : 'NULL'} AS DOUBLE)`;
  const length = { text: `length(${column})`, list: `len(${column})` }[kind as string] ?? 'CAST(NULL AS BIGINT)';
  const extreme = (aggregate: string): string =>
    ORDERED.includes(kind) ? `left(CAST(${aggregate}(${column}) AS VARCHAR), ${CUT})` : 'CAST(NULL AS VARCHAR)';
  return `{
  'nulls': count(*) - count(${column}), 'distinct': approx_count_distinct(${isNested(kind) ? asText(column, kind) : column}),
  'min': ${extreme('min')}, 'max': ${extreme('max')},
  'mean': ${ofNumber((numbers) => `avg(${numbers})`)}, 'stddev': ${ofNumber(DEVIATIONS[deviation])},
  'shortest': CAST(min(${length}) AS BIGINT), 'longest': CAST(max(${length}) AS BIGINT), 'mean_length': avg(${length})
}`;
}

/** @param value of a row in the sample */
const sampleOf = (value: string, type: string): string =>
  `list(left(${asText(value, kindOf(type))}, ${CUT})) FILTER (WHERE ${value} IS NOT NULL)`;

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

const isNested = (kind: ColumnKind): boolean => kind === 'list' || kind === 'nested';

const asText = (value: string, kind: ColumnKind): string => `CAST(${isNested(kind) ? `to_json(${value})` : value} AS VARCHAR)`;

const ORDERED: readonly ColumnKind[] = ['number', 'time', 'text'];

/** A NaN or an infinity would make every mean one; the sum of a few long DECIMALs is more than their type holds. */
function summable(column: string, type: string): string {
  if (/^(FLOAT|DOUBLE)$/.test(type)) return `CASE WHEN isfinite(${column}) THEN ${column} END`;
  return /^DECIMAL\((29|3\d),/.test(type) ? `CAST(${column} AS DOUBLE)` : column;
}

function carefulDeviation(numbers: string): string {
  const squarable = `CASE WHEN abs(CAST(${numbers} AS DOUBLE)) < ${MOST_SQUARED} THEN ${numbers} END`;
  return `CASE WHEN count(${squarable}) = count(${numbers}) THEN stddev_samp(${squarable}) END`;
}

const DEVIATIONS: Readonly<Record<Deviation, (numbers: string) => string>> = {
  plain: (numbers) => `stddev_samp(${numbers})`,
  careful: carefulDeviation,
};
