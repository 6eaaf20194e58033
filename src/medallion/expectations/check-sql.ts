import type { QualityCheck } from '../../catalog/catalog.types.js';
import { isRowRule, type RowRule, type Rule } from './rule.js';

/** Rows that break a rule of these severities do not stay in the table. */
const LEAVES: readonly string[] = ['drop', 'quarantine'];

const allHold = (rules: readonly RowRule[]): string => rules.map(({ holds }) => holds).join(' and ') || 'true';

/** Of the table `candidate`, or of another, the rows that stay. */
export const keepSql = (rules: readonly Rule[], table = 'candidate'): string =>
  `select * from ${table} where ${allHold(rules.filter(isRowRule).filter(({ severity }) => LEAVES.includes(severity)))}`;

/** True for a row that breaks a rule of severity `quarantine`: it does not stay, and must not be lost. */
export const isQuarantined = (rules: readonly Rule[]): string =>
  `not (${allHold(rules.filter(isRowRule).filter(({ severity }) => severity === 'quarantine'))})`;

/** How many rows of the table `candidate` there are, and how many break each of the rules that look at single rows. */
export const rowCheckSql = (rules: readonly Rule[]): string =>
  counts(['count(*)', ...rules.filter(isRowRule).map(({ holds }) => `count(*) filter (where not (${holds}))`)], 'candidate');

/** The same of the table `kept`, which has the rows that stay, for the rules about the table. */
export const tableCheckSql = (rules: readonly Rule[]): string =>
  counts(['count(*)', ...rules.flatMap((rule) => (isRowRule(rule) ? [] : [rule.broken]))], 'kept');

const counts = (values: readonly string[], table: string): string =>
  `select ${values.map((value, index) => `${value} as c${index}`).join(', ')} from ${table}`;

/**
 * @param rows what `rowCheckSql` gave
 * @param table what `tableCheckSql` gave
 */
export function toChecks(rules: readonly Rule[], rows: readonly number[], table: readonly number[]): QualityCheck[] {
  const broken = { rows: rows.slice(1), table: table.slice(1) };
  return rules.map((rule) => {
    const failed = (isRowRule(rule) ? broken.rows : broken.table).shift() ?? 0;
    return {
      expectation: rule.expectation,
      description: rule.sentence,
      columns: [...rule.columns],
      severity: rule.severity,
      status: failed > 0 ? 'failed' : 'passed',
      checked_rows: isRowRule(rule) ? rows[0] : table[0],
      failed_rows: failed,
    };
  });
}
