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
  const facts = columns.map(({ name, type }, index) => `${factsOf(name, kindOf(type))} AS c${index}`);
  const sql = `SELECT count(*) AS rows, count(*) FILTER (WHERE "(sampled)") AS sampled, ${facts.join(',\n')}
FROM (SELECT *, ${share >= 1 ? 'true' : `random() < ${share}`} AS "(sampled)" FROM t)`;
  return { sql, tables: { t: table } };
}

function factsOf(name: string, kind: ColumnKind): string {
  const column = `"${name.replaceAll('"', '""')}"`;
  const text = kind === 'list' || kind === 'nested' ? `CAST(to_json(${column}) AS VARCHAR)` : `CAST(${column} AS VARCHAR)`;
  const ordered = kind === 'number' || kind === 'time' || kind === 'text';
  const length = kind === 'text' ? `length(${column})` : kind === 'list' ? `len(${column})` : undefined;
  const number = kind === 'number' ? `CAST(${column} AS DOUBLE)` : undefined;
  const finite = (aggregate: string): string =>
    number ? `${aggregate}(${number}) FILTER (WHERE isfinite(${number}))` : 'CAST(NULL AS DOUBLE)';
  const ofLength = (aggregate: string): string => (length ? `${aggregate}(${length})` : 'NULL');
  const extreme = (aggregate: string): string =>
    ordered ? `left(CAST(${aggregate}(${column}) AS VARCHAR), ${CUT})` : 'CAST(NULL AS VARCHAR)';
  return `{
  'nulls': count(*) - count(${column}), 'distinct': approx_count_distinct(${kind === 'nested' || kind === 'list' ? text : column}),
  'min': ${extreme('min')}, 'max': ${extreme('max')}, 'mean': ${finite('avg')}, 'stddev': ${finite('stddev_samp')},
  'shortest': CAST(${ofLength('min')} AS BIGINT), 'longest': CAST(${ofLength('max')} AS BIGINT),
  'mean_length': CAST(${ofLength('avg')} AS DOUBLE),
  'sample': list(left(${text}, ${CUT})) FILTER (WHERE "(sampled)" AND ${column} IS NOT NULL)
}`;
}
