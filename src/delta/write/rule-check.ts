import { SqlError } from '../../engines/sql/sql.errors.js';
import type { Relation, SqlEngine } from '../../engines/sql/sql.port.js';
import { RowRuleError, UnreadableRuleError } from '../delta.errors.js';
import type { RowRule } from '../schema/row-rules.js';

/**
 * @throws {RowRuleError} for rows of which a rule is not true
 * @throws {UnreadableRuleError} when a rule says something that our engine cannot tell: nothing may be written then
 */
export async function refuseBrokenRules(sql: SqlEngine, table: string, rules: readonly RowRule[], rows: Relation): Promise<void> {
  for (const rule of rules) {
    const broken = await understood(table, rule, brokenRows(sql, rule, rows));
    if (broken > 0) throw new RowRuleError(table, rule, broken);
  }
}

async function brokenRows(sql: SqlEngine, rule: RowRule, candidate: Relation): Promise<number> {
  await sql.condition(rule);
  const counting = `SELECT count(*) AS broken FROM candidate WHERE (\n${rule.sql}\n) IS NOT TRUE`;
  const [{ broken }] = await sql.rows({ sql: counting, tables: { candidate } });
  return Number(broken);
}

async function understood<T>(table: string, rule: RowRule, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof SqlError) throw new UnreadableRuleError(table, rule, error.reason);
    throw error;
  }
}
