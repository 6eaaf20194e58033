import { type Expectation, secondsIn, type Severity, type TextType } from './expectation.schema.js';

interface RuleText {
  /** The kind of expectation that it came from. */
  readonly expectation: string;
  /** Unique enough to be recognised: `between(delay)`. */
  readonly name: string;
  readonly columns: readonly string[];
  readonly severity: Severity;
  /** What is wrong when it does not hold. */
  readonly sentence: string;
}

/** A rule that each row keeps or breaks by itself. */
export interface RowRule extends RuleText {
  /** A condition over one row that is true or false, never missing. */
  readonly holds: string;
}

/** A rule about all rows that stay. */
export interface TableRule extends RuleText {
  /** An aggregate: how many rows break it, at least one when it does not hold. */
  readonly broken: string;
}

export type Rule = RowRule | TableRule;

export const isRowRule = (rule: Rule): rule is RowRule => 'holds' in rule;

/** What is true of the moment at which rules are looked at. */
export interface Moment {
  readonly now: Date;
}

export const quoteName = (name: string): string => `"${name.replaceAll('"', '""')}"`;

export const quoteText = (text: string): string => `'${text.replaceAll("'", "''")}'`;

const literal = (value: string | number | boolean): string => (typeof value === 'string' ? quoteText(value) : String(value));

const asText = (column: string): string => `cast(${quoteName(column)} as varchar)`;

/** One rule for each column of a `not_null`, one for every other expectation. */
export function toRules(expectation: Expectation, moment: Moment): Rule[] {
  if ('not_null' in expectation) {
    return expectation.not_null.map((column) => ({
      ...about('not_null', [column], expectation.on_fail, `${column} is missing`),
      holds: `${quoteName(column)} is not null`,
    }));
  }
  return [toColumnRule(expectation) ?? toSqlRule(expectation) ?? toTableRule(expectation as TableExpectation, moment)];
}

function about(expectation: string, columns: readonly string[], severity: Severity, sentence: string): RuleText {
  return {
    expectation,
    columns,
    severity,
    sentence,
    name: columns.length > 0 ? `${expectation}(${columns.join(', ')})` : expectation,
  };
}

/** Conditions on one column. A missing value is the business of `not_null` alone. */
function toColumnRule(expectation: Expectation): RowRule | undefined {
  const rule = (column: string, condition: string, sentence: string): RowRule => ({
    ...about(Object.keys(expectation)[0], [column], expectation.on_fail, sentence),
    holds: `(${quoteName(column)} is null or coalesce(${condition}, false))`,
  });
  if ('between' in expectation) {
    const { column, min, max } = expectation.between;
    return rule(column, within(quoteName(column), min, max), `${column} is not between ${min ?? '-∞'} and ${max ?? '∞'}`);
  }
  if ('in_set' in expectation) {
    const { column, values } = expectation.in_set;
    return rule(
      column,
      `${quoteName(column)} in (${values.map(literal).join(', ')})`,
      `${column} is none of ${values.join(', ')}`,
    );
  }
  if ('length' in expectation) {
    const { column, min, max } = expectation.length;
    const sentence = `${column} has not between ${min ?? 0} and ${max ?? '∞'} characters`;
    return rule(column, within(`length(${asText(column)})`, min, max), sentence);
  }
  if ('type' in expectation) {
    const { column, is } = expectation.type;
    return rule(column, PARSES[is](asText(column)), `${column} cannot be read as ${is}`);
  }
  if ('regex' in expectation) {
    const { column, pattern } = expectation.regex;
    return rule(column, `regexp_matches(${asText(column)}, ${quoteText(pattern)})`, `${column} does not match ${pattern}`);
  }
  return undefined;
}

function within(value: string, min?: string | number, max?: string | number): string {
  const parts = [
    min === undefined ? [] : [`${value} >= ${literal(min)}`],
    max === undefined ? [] : [`${value} <= ${literal(max)}`],
  ];
  return parts.flat().join(' and ');
}

/** `try_cast` alone would take 12.5 for the integer 13. */
const PARSES: Readonly<Record<TextType, (text: string) => string>> = {
  integer: (text) => `regexp_full_match(trim(${text}), '[+-]?[0-9]+') and try_cast(trim(${text}) as hugeint) is not null`,
  number: (text) => `isfinite(try_cast(${text} as double))`,
  boolean: (text) => `try_cast(${text} as boolean) is not null`,
  date: (text) => `try_cast(${text} as date) is not null`,
  timestamp: (text) => `try_cast(${text} as timestamptz) is not null`,
  uuid: (text) => `try_cast(${text} as uuid) is not null`,
  json: (text) => `json_valid(${text})`,
};

function toSqlRule(expectation: Expectation): Rule | undefined {
  if ('sql' in expectation) {
    const { condition, name } = expectation.sql;
    const sentence = `${condition.replaceAll(/\s+/g, ' ')} is not true`;
    // As with CHECK, what cannot be told for a missing value is not held against the row.
    return {
      ...about('sql', [], expectation.on_fail, sentence),
      name: `sql(${name})`,
      holds: `coalesce((\n${condition}\n), true)`,
    };
  }
  if ('no_rows' in expectation) {
    const { query, name } = expectation.no_rows;
    const sentence = `the query ${name} found rows`;
    const broken = `(select count(*) from (\n${query.replace(/;\s*$/, '')}\n) as found)`;
    return { ...about('no_rows', [], expectation.on_fail, sentence), name: `no_rows(${name})`, broken };
  }
  return undefined;
}

type TableExpectation = Extract<Expectation, { unique: unknown } | { freshness: unknown } | { row_count: unknown }>;

function toTableRule(expectation: TableExpectation, { now }: Moment): TableRule {
  if ('unique' in expectation) {
    const { unique: columns, on_fail } = expectation;
    const names = columns.map(quoteName);
    const known = names.map((name) => `${name} is not null`).join(' and ');
    const broken = `count(*) filter (where ${known}) - count(distinct row(${names.join(', ')})) filter (where ${known})`;
    return { ...about('unique', columns, on_fail, `${columns.join(', ')} is not unique`), broken };
  }
  if ('freshness' in expectation) {
    const { column, max_age: age } = expectation.freshness;
    const oldest = new Date(now.getTime() - secondsIn(age) * 1000).toISOString();
    const isFresh = `coalesce(max(cast(${quoteName(column)} as timestamptz)) >= timestamptz '${oldest}', false)`;
    return {
      ...about('freshness', [column], expectation.on_fail, `the newest ${column} is older than ${age}`),
      broken: `case when ${isFresh} then 0 else greatest(count(*), 1) end`,
    };
  }
  const { min = 0, max } = expectation.row_count;
  const outside = max === undefined ? `count(*) < ${min}` : `count(*) not between ${min} and ${max}`;
  return {
    ...about('row_count', [], expectation.on_fail, `the number of rows is not between ${min} and ${max ?? '∞'}`),
    broken: `case when ${outside} then greatest(count(*), 1) else 0 end`,
  };
}
