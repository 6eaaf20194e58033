import type { QualityCheck } from '../catalog/catalog.types.js';
import type { Expectation } from './model.schema.js';

/** A rule as SQL. */
export interface Rule {
  readonly expectation: string;
  readonly columns: readonly string[];
  readonly severity: 'fail' | 'drop' | 'warn';
  /** An aggregate over all rows: how many of them break the rule. */
  readonly broken: string;
  /** A condition that holds for each row that may stay; only for rules about single rows. */
  readonly holds?: string;
  readonly sentence: string;
}

export const quoteName = (name: string): string => `"${name.replaceAll('"', '""')}"`;

const literal = (value: string | number | boolean): string =>
  typeof value === 'string' ? `'${value.replaceAll("'", "''")}'` : String(value);

/** One rule for each column of a `not_null`, one for every other expectation. */
export function toRules(expectation: Expectation): Rule[] {
  const severity = expectation.on_fail;
  if ('not_null' in expectation) {
    return expectation.not_null.map((column) =>
      rowRule(
        { expectation: 'not_null', columns: [column], severity, sentence: `${column} is missing` },
        `${quoteName(column)} is not null`,
      ),
    );
  }
  if ('unique' in expectation) {
    const names = expectation.unique.map(quoteName).join(', ');
    const broken = `count(*) - count(distinct (${expectation.unique.length > 1 ? `row(${names})` : names})) - count(*) filter (where ${expectation.unique.length > 1 ? 'false' : `${names} is null`})`;
    return [
      {
        expectation: 'unique',
        columns: expectation.unique,
        severity,
        broken,
        sentence: `${expectation.unique.join(', ')} is not unique`,
      },
    ];
  }
  if ('between' in expectation) {
    const { column, min, max } = expectation.between;
    const parts = [
      min === undefined ? [] : [`${quoteName(column)} >= ${literal(min)}`],
      max === undefined ? [] : [`${quoteName(column)} <= ${literal(max)}`],
    ];
    const sentence = `${column} is not between ${min ?? '-∞'} and ${max ?? '∞'}`;
    return [
      rowRule({ expectation: 'between', columns: [column], severity, sentence }, nullOr(column, parts.flat().join(' and '))),
    ];
  }
  if ('in_set' in expectation) {
    const { column, values } = expectation.in_set;
    const sentence = `${column} is none of ${values.join(', ')}`;
    return [
      rowRule(
        { expectation: 'in_set', columns: [column], severity, sentence },
        nullOr(column, `${quoteName(column)} in (${values.map(literal).join(', ')})`),
      ),
    ];
  }
  const { min = 0, max } = expectation.row_count;
  const outside = max === undefined ? `count(*) < ${min}` : `count(*) not between ${min} and ${max}`;
  const sentence = `the number of rows is not between ${min} and ${max ?? '∞'}`;
  return [
    {
      expectation: 'row_count',
      columns: [],
      severity,
      broken: `case when ${outside} then greatest(count(*), 1) else 0 end`,
      sentence,
    },
  ];
}

/** A missing value is the business of `not_null` alone. */
const nullOr = (column: string, condition: string): string => `(${quoteName(column)} is null or (${condition}))`;

function rowRule(rule: Omit<Rule, 'broken' | 'holds'>, holds: string): Rule {
  return { ...rule, holds, broken: `count(*) filter (where not (${holds}))` };
}

/** One pass over the table `candidate`: its number of rows, then how many rows break each rule, in order. */
export const checkSql = (rules: readonly Rule[]): string =>
  `select ${['count(*)', ...rules.map(({ broken }) => broken)].map((value, index) => `${value} as c${index}`).join(', ')} from candidate`;

/** The rows of the table `candidate` that break no rule whose severity is `drop`. */
export const keepSql = (rules: readonly Rule[]): string =>
  `select * from candidate where ${rules.flatMap(({ severity, holds }) => (severity === 'drop' && holds ? [holds] : [])).join(' and ')}`;

/** @param counts what `checkSql` gave */
export function toChecks(rules: readonly Rule[], counts: readonly number[]): QualityCheck[] {
  const [rows, ...broken] = counts;
  return rules.map(({ expectation, columns, severity }, index) => ({
    expectation,
    columns: [...columns],
    severity,
    status: broken[index] > 0 ? 'failed' : 'passed',
    checked_rows: rows,
    failed_rows: broken[index],
  }));
}
