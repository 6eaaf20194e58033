import { SqlError } from '../../engines/sql/sql.errors.js';
import type { Query, Relation, SqlEngine } from '../../engines/sql/sql.port.js';
import { type BrokenRows, RowRuleError, UnreadableRuleError } from '../delta.errors.js';
import type { RowRule } from '../schema/row-rules.js';

/**
 * @throws {RowRuleError} for rows of which a rule is not true
 * @throws {UnreadableRuleError} when a rule says something that our engine cannot tell: nothing may be written then
 */
export async function refuseBrokenRules(sql: SqlEngine, table: string, rules: readonly RowRule[], rows: Relation): Promise<void> {
  for (const rule of rules) {
    const broken = await understood(table, rule, brokenRows(sql, rule, rows));
    if (broken) throw new RowRuleError(table, rule, broken);
  }
}

/** @returns how many there are and one of them; undefined when there is none */
async function brokenRows(sql: SqlEngine, rule: RowRule, candidate: Relation): Promise<BrokenRows | undefined> {
  await sql.condition(rule);
  const select = (what: string): Query => ({
    sql: `SELECT ${what} FROM candidate WHERE (\n${rule.sql}\n) IS NOT TRUE`,
    tables: { candidate },
  });
  const [{ count }] = await sql.rows(select('count(*) AS count'));
  if (Number(count) === 0) return undefined;
  const { sql: all, tables } = select('*');
  const [sample] = await sql.rows({ sql: `${all} LIMIT 1`, tables });
  return { count: Number(count), sample };
}

async function understood<T>(table: string, rule: RowRule, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof SqlError) throw new UnreadableRuleError(table, rule, error.reason);
    throw error;
  }
}
