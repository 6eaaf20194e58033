import type { SchemaChange } from '../../catalog/catalog.types.js';
import type { Column } from '../../engines/sql/sql.port.js';
import type { DriftDecision, DriftPolicy, Misfit } from '../drift.types.js';
import { quoteName } from '../expectations/rule.js';

/** @returns the SQL type that holds the values of both without loss, undefined when there is none */
export type CommonType = (table: Column, given: Column) => string | undefined;

/** What becomes of one column. */
interface ColumnPlan {
  readonly change?: SchemaChange;
  /** Absent when the table has no such column and gets none. */
  readonly select?: string;
  readonly misfit?: Misfit;
}

/**
 * Holds the columns of a batch against those of its table.
 * @param table without the columns that a load adds
 */
export function decideDrift(
  table: readonly Column[],
  batch: readonly Column[],
  policy: DriftPolicy,
  commonType: CommonType,
): DriftDecision {
  const given = byName(batch);
  const known = byName(table);
  const plans = [
    ...table.map((column) => {
      const own = given.get(column.name.toLowerCase());
      return own ? planKnown(column, own, policy, commonType) : planMissing(column, policy);
    }),
    ...batch.filter(({ name }) => !known.has(name.toLowerCase())).map((column) => planNew(column, policy)),
  ];
  const changes = plans.flatMap(({ change }) => change ?? []);
  return {
    changes,
    evolve: policy === 'evolve' && changes.some(({ change }) => change === 'added' || change === 'widened'),
    select: plans.flatMap(({ select }) => select ?? []).join(', '),
    misfits: plans.flatMap(({ misfit }) => misfit ?? []),
  };
}

function planNew({ name, type }: Column, policy: DriftPolicy): ColumnPlan {
  const change: SchemaChange = { change: 'added', column: name, from: null, to: type };
  if (policy === 'evolve') return { change, select: quoteName(name) };
  const reason = `the table has no column "${name}" (${type})`;
  return { change, misfit: { rule: `drift(${name})`, condition: `${quoteName(name)} is not null`, reason } };
}

function planMissing({ name, type }: Column, policy: DriftPolicy): ColumnPlan {
  const change: SchemaChange = { change: 'missing', column: name, from: type, to: null };
  const select = `cast(null as ${type}) as ${quoteName(name)}`;
  if (policy === 'evolve') return { change, select };
  return {
    change,
    select,
    misfit: { rule: `drift(${name})`, condition: 'true', reason: `the column "${name}" (${type}) is missing` },
  };
}

function planKnown(column: Column, given: Column, policy: DriftPolicy, commonType: CommonType): ColumnPlan {
  const value = quoteName(given.name);
  const target = quoteName(column.name);
  const common = commonType(column, given);
  if (common === column.type || (common === undefined && isTextFor(column, given))) {
    return { select: `cast(${value} as ${column.type}) as ${target}` };
  }
  if (common !== undefined && policy === 'evolve') {
    const change: SchemaChange = { change: 'widened', column: column.name, from: column.type, to: common };
    return { change, select: `cast(${value} as ${common}) as ${target}` };
  }
  const kind = common === undefined ? 'incompatible' : 'widened';
  return {
    change: { change: kind, column: column.name, from: column.type, to: given.type },
    select: canCast(given, column)
      ? `try_cast(${value} as ${column.type}) as ${target}`
      : `cast(null as ${column.type}) as ${target}`,
    misfit: {
      rule: `drift(${column.name})`,
      condition: `${value} is not null and not (${fits(given, column)})`,
      reason: `"${column.name}" is ${column.type} in the table and ${given.type} here, and the value does not fit`,
    },
  };
}

const SCALAR =
  /^(VARCHAR|BOOLEAN|TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT|FLOAT|DOUBLE|DECIMAL\(\d+,\s*\d+\)|DATE|TIMESTAMP( WITH TIME ZONE)?)$/;
const NUMBER = /^(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT|FLOAT|DOUBLE|DECIMAL\(\d+,\s*\d+\))$/;
const INTEGER = /^(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)$/;
const TIME = /^(DATE|TIMESTAMP( WITH TIME ZONE)?)$/;

/** Every single value can be written as text: a column of text that holds only digits for once is no drift. */
const isTextFor = (column: Column, given: Column): boolean => column.type === 'VARCHAR' && SCALAR.test(given.type);

const canCast = (from: Column, to: Column): boolean =>
  (from.type === 'VARCHAR' && SCALAR.test(to.type)) ||
  (NUMBER.test(from.type) && NUMBER.test(to.type)) ||
  (TIME.test(from.type) && TIME.test(to.type));

/** Whether a value survives the way into the table's type. `try_cast` alone would round 12.5 and call it an integer. */
function fits(given: Column, column: Column): string {
  if (!canCast(given, column)) return 'false';
  const value = quoteName(given.name);
  const cast = `try_cast(${value} as ${column.type})`;
  if (given.type === 'VARCHAR') {
    const whole = INTEGER.test(column.type) ? ` and regexp_full_match(trim(${value}), '[+-]?[0-9]+')` : '';
    return `${cast} is not null${whole}`;
  }
  return `coalesce(try_cast(${cast} as ${given.type}) = ${value}, false)`;
}

const byName = (columns: readonly Column[]): Map<string, Column> =>
  new Map(columns.map((column) => [column.name.toLowerCase(), column]));
