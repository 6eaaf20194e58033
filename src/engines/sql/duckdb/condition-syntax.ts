import type { DuckDBConnection } from '@duckdb/node-api';
import { SqlError, SqlForbiddenError } from '../sql.errors.js';
import type { Comparison, Condition, Predicate, SqlValue } from '../sql.port.js';
import { SelectSyntax } from './select-syntax.js';

type Node = Readonly<Record<string, unknown>>;

const ANY: Condition = { kind: 'any' };

const COMPARISONS: Readonly<Record<string, Comparison>> = {
  COMPARE_EQUAL: '=',
  COMPARE_LESSTHAN: '<',
  COMPARE_LESSTHANOREQUALTO: '<=',
  COMPARE_GREATERTHAN: '>',
  COMPARE_GREATERTHANOREQUALTO: '>=',
};
/** The same comparison with its sides exchanged. */
const MIRRORED: Readonly<Record<Comparison, Comparison>> = { '=': '=', '<': '>', '<=': '>=', '>': '<', '>=': '<=' };

const TIMES = ['DATE', 'TIMESTAMP', 'TIMESTAMP WITH TIME ZONE'];
/** A day, and a time of UTC that milliseconds hold. */
const PLAIN_TIME = /^(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d:\d\d(?:\.\d{1,3})?)0*(?:Z|\+00(?::?00)?)?)?$/;
/** A double tells so many decimal digits apart. */
const EXACT_DIGITS = 15;

/**
 * @throws {SqlError} when it is no single condition
 * @throws {SqlForbiddenError} when it reads tables, or gives another answer each time that it is asked
 */
export async function readCondition(connection: DuckDBConnection, { sql, parameters = [] }: Predicate): Promise<Condition> {
  const inBrackets = await read(connection, `(\n${sql}\n)`);
  // `a) OR (b` can only be read inside of brackets, `a GROUP BY b` only outside: a condition can be read both ways.
  await read(connection, `\n${sql}`);
  if (inBrackets.tables.length > 0) throw new SqlForbiddenError('A condition reads the columns of its own table only.');
  const where = inBrackets.where as Node;
  await refuseVolatile(connection, where);
  return new ConditionReader(parameters).read(where);
}

async function refuseVolatile(connection: DuckDBConnection, where: Node): Promise<void> {
  const called = [...functionsIn(where)];
  if (called.length === 0) return;
  const places = called.map((_, index) => `$${index + 1}`).join(', ');
  const volatile = await connection.runAndReadAll(
    `SELECT function_name FROM duckdb_functions() WHERE stability = 'VOLATILE' AND function_name IN (${places}) LIMIT 1`,
    called,
  );
  const [name] = volatile.getRows()[0] ?? [];
  if (name !== undefined) {
    throw new SqlForbiddenError(`A condition hangs on the columns alone: ${String(name)}() gives another answer each time.`);
  }
}

function functionsIn(node: unknown): Set<string> {
  if (typeof node !== 'object' || node === null) return new Set();
  const below = Object.values(node).flatMap((child) => [...functionsIn(child)]);
  const own = (node as Node).class === 'FUNCTION' ? [String((node as Node).function_name).toLowerCase()] : [];
  return new Set([...own, ...below]);
}

async function read(connection: DuckDBConnection, condition: string): Promise<SelectSyntax> {
  try {
    return await SelectSyntax.read(connection, `SELECT 1 WHERE ${condition}`);
  } catch (error) {
    if (!(error instanceof SqlError) || error.line === undefined) throw error;
    const own = [error.reason, error.line - 1, error.column] as const;
    throw error instanceof SqlForbiddenError ? new SqlForbiddenError(...own) : new SqlError(...own);
  }
}

class ConditionReader {
  constructor(private readonly parameters: readonly SqlValue[]) {}

  read(node: Node): Condition {
    const children = (): Condition[] => (node.children as Node[]).map((child) => this.read(child));
    switch (node.type) {
      case 'CONJUNCTION_AND':
        return { kind: 'and', of: children() };
      case 'CONJUNCTION_OR':
        return { kind: 'or', of: children() };
      case 'COMPARE_BETWEEN':
        return this.between(node);
      case 'COMPARE_IN':
        return this.among(node.children as Node[]);
      case 'OPERATOR_IS_NULL':
      case 'OPERATOR_IS_NOT_NULL':
        return this.nullity(node);
      default:
        return this.comparison(COMPARISONS[String(node.type)], node.left as Node, node.right as Node);
    }
  }

  private between({ input, lower, upper }: Node): Condition {
    const of = [this.comparison('>=', input as Node, lower as Node), this.comparison('<=', input as Node, upper as Node)];
    return { kind: 'and', of };
  }

  private among([input, ...values]: Node[]): Condition {
    return { kind: 'or', of: values.map((value) => this.comparison('=', input, value)) };
  }

  private nullity({ type, children }: Node): Condition {
    const column = columnOf((children as Node[])[0]);
    return column === undefined ? ANY : { kind: type === 'OPERATOR_IS_NULL' ? 'null' : 'not null', column };
  }

  private comparison(operator: Comparison | undefined, left: Node, right: Node): Condition {
    if (!operator) return ANY;
    const [column, value] = [columnOf(left), this.valueOf(right)];
    if (column !== undefined && value !== undefined) return { kind: 'compare', column, operator, value };
    const [mirrored, first] = [columnOf(right), this.valueOf(left)];
    if (mirrored === undefined || first === undefined) return ANY;
    return { kind: 'compare', column: mirrored, operator: MIRRORED[operator], value: first };
  }

  /** @returns undefined for what is no plain value, and for NULL, with which nothing compares */
  private valueOf(node: Node): Exclude<SqlValue, null> | undefined {
    if (node.type === 'VALUE_PARAMETER') return this.parameters[Number(node.identifier) - 1] ?? undefined;
    if (node.type === 'VALUE_CONSTANT') return constant(node.value as Constant);
    if (node.type !== 'OPERATOR_CAST') return undefined;
    const child = node.child as Node;
    const value = child.type === 'VALUE_CONSTANT' ? constant(child.value as Constant) : undefined;
    return typeof value === 'string' ? timeConstant((node.cast_type as { id: string }).id, value) : undefined;
  }
}

/** @returns undefined for another type, and for text that is no such time as it stands: what the cast makes of it is not known */
function timeConstant(type: string, text: string): Date | undefined {
  const [, day, clock] = (TIMES.includes(type) && PLAIN_TIME.exec(text)) || [];
  if (!day || (clock && type === 'DATE')) return undefined;
  const time = new Date(`${day}T${clock ?? '00:00:00'}Z`);
  return Number.isNaN(time.getTime()) ? undefined : time;
}

interface Constant {
  readonly type: { readonly id: string; readonly type_info: { readonly scale?: number } | null };
  readonly is_null: boolean;
  readonly value?: unknown;
}

function constant({ type, is_null: isNull, value }: Constant): string | number | boolean | undefined {
  if (isNull) return undefined;
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value !== 'number') return undefined;
  // Through JSON, integers past 2^53 have lost their last digits.
  if (type.id === 'DOUBLE' || type.id === 'FLOAT') return value;
  if (!Number.isSafeInteger(value)) return undefined;
  if (type.id !== 'DECIMAL') return value;
  return Math.abs(value) < 10 ** EXACT_DIGITS ? Number(`${value}e-${type.type_info?.scale ?? 0}`) : undefined;
}

function columnOf(node: Node): string | undefined {
  const names = node.type === 'COLUMN_REF' ? (node.column_names as string[]) : [];
  return names.length === 1 ? names[0] : undefined;
}
