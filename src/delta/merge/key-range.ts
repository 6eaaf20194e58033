import type { Condition, Relation, SqlEngine, SqlValue } from '../../engines/sql/sql.port.js';
import { quoteIdentifier } from '../schema/sql-type.js';

/** Keys of so few values are looked for one by one, such as the days of a partition column; of more, between the ends. */
const MOST_VALUES = 64;

/** What a row of the table fulfils when it matches one of the source, as far as it can be told of a file. */
export async function keyRange(sql: SqlEngine, source: Relation, keys: readonly string[]): Promise<Condition> {
  const of: Condition[] = [];
  for (const key of keys) of.push(await rangeOf(sql, source, key));
  return { kind: 'and', of };
}

async function rangeOf(sql: SqlEngine, source: Relation, column: string): Promise<Condition> {
  const name = quoteIdentifier(column);
  const tables = { source };
  const some = await sql.rows({
    sql: `SELECT DISTINCT ${name} AS value FROM source WHERE ${name} IS NOT NULL LIMIT ${MOST_VALUES + 1}`,
    tables,
  });
  if (some.length <= MOST_VALUES) return { kind: 'or', of: some.map(({ value }) => compare(column, '=', value)) };
  const [{ least, greatest }] = await sql.rows({
    sql: `SELECT min(${name}) AS least, max(${name}) AS greatest FROM source`,
    tables,
  });
  return { kind: 'and', of: [compare(column, '>=', least), compare(column, '<=', greatest)] };
}

function compare(column: string, operator: '=' | '>=' | '<=', value: unknown): Condition {
  const plain = ['string', 'number', 'bigint', 'boolean'].includes(typeof value) || value instanceof Date;
  return plain ? { kind: 'compare', column, operator, value: value as Exclude<SqlValue, null> } : { kind: 'any' };
}
