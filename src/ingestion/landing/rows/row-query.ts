import type { Column, Query, Relation } from '../../../engines/sql/sql.port.js';

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

const structOf = (columns: readonly Column[]): string =>
  `STRUCT(${columns.map(({ name, type }) => `${quoted(name)} ${type}`).join(', ')})`;

const PLACE: readonly Column[] = [
  { name: 'k', type: 'VARCHAR' },
  { name: 'p', type: 'INTEGER' },
  { name: 'o', type: 'BIGINT' },
  { name: 't', type: 'BIGINT' },
];
const ADDED = 'k AS _key, p AS _partition, o AS _offset, make_timestamptz(t * 1000) AS _timestamp';

const linesOf = (files: readonly string[], value: string): Relation => ({
  format: 'json',
  files,
  columns: [...PLACE, { name: 'v', type: value }],
});

const select = (columns: readonly Column[]): string =>
  [...columns.map(({ name }) => `v.${quoted(name)} AS ${quoted(name)}`), ADDED].join(', ');

/** The rows of lines as {@link MessageRows} makes them. It fails when one of their values has no place in its column. */
export function rowsOf(files: readonly string[], columns: readonly Column[]): Query {
  // A STRUCT needs a field.
  const value = columns.length > 0 ? structOf(columns) : 'JSON';
  return { sql: `SELECT ${select(columns)} FROM lines`, tables: { lines: linesOf(files, value) } };
}

/** True for a value that would lose something on its way into the columns, or that has two fields of one name. */
function losesSomething(columns: readonly Column[]): string {
  const lost = columns.map(({ name }) => `(text.${quoted(name)} IS NOT NULL AND v.${quoted(name)} IS NULL)`);
  return ['len(list_distinct(json_keys(raw))) < len(json_keys(raw))', ...lost].join(' OR ');
}

function sifted(files: readonly string[], columns: readonly Column[]): Relation {
  const texts = columns.map(({ name }) => ({ name, type: 'VARCHAR' }));
  const sql = `SELECT k, p, o, t, v AS raw, TRY_CAST(v AS ${structOf(columns)}) AS v, TRY_CAST(v AS ${structOf(texts)}) AS text FROM lines`;
  return { format: 'view', query: { sql, tables: { lines: linesOf(files, 'JSON') } } };
}

/** Like {@link rowsOf}, slower, without the rows that make it fail. */
export const fittingRowsOf = (files: readonly string[], columns: readonly Column[]): Query => ({
  sql: `SELECT ${select(columns)} FROM sifted WHERE raw IS NULL OR NOT coalesce(${losesSomething(columns)}, false)`,
  tables: { sifted: sifted(files, columns) },
});

/** The place of each row that {@link fittingRowsOf} leaves out. */
export const misfitsOf = (files: readonly string[], columns: readonly Column[]): Query => ({
  sql: `SELECT p, o FROM sifted WHERE coalesce(${losesSomething(columns)}, false) ORDER BY p, o`,
  tables: { sifted: sifted(files, columns) },
});
