import type { Column } from '../../engines/sql/sql.port.js';
import { SchemaMismatchError } from '../delta.errors.js';
import { decimalOf, type DeltaType, type StructField, widensTo } from './delta-type.js';
import { inUtc, typeFromSql, typeToSql } from './sql-type.js';
import { refuseTwins } from './table-schema.js';

const DECIMAL_DIGITS = 38;
const INTEGER_DIGITS: Readonly<Record<string, number>> = { byte: 3, short: 5, integer: 10, long: 19 };

/**
 * The fields of a table that takes the rows of a query as well as its own: new columns stand at the end and may be null, and
 * a column whose values do not fit takes the narrowest type that holds those of both.
 * @throws {SchemaMismatchError} when there is no such type
 */
export function evolve(table: string, fields: readonly StructField[], columns: readonly Column[]): readonly StructField[] {
  refuseTwins(table, columns);
  const given = new Map(columns.map((column) => [column.name.toLowerCase(), column]));
  const known = new Set(fields.map(({ name }) => name.toLowerCase()));
  const differences: string[] = [];
  const evolved = fields.map((field) => {
    const column = given.get(field.name.toLowerCase());
    const type = column ? commonType(field.type, typeFromSql(column)) : field.type;
    if (type !== undefined) return type === field.type ? field : { ...field, type };
    const sql = typeToSql(field.type, field.name);
    differences.push(`its column "${field.name}" is ${sql}, and no type holds that and ${column?.type} without loss`);
    return field;
  });
  if (differences.length > 0) throw new SchemaMismatchError(table, differences);
  const added = columns.filter(({ name }) => !known.has(name.toLowerCase()));
  return [
    ...evolved,
    ...added.map((column) => ({ name: column.name, type: inUtc(typeFromSql(column)), nullable: true, metadata: {} })),
  ];
}

/** @returns the columns whose type another version of the fields has changed */
export const widened = (before: readonly StructField[], after: readonly StructField[]): readonly StructField[] =>
  before.filter(({ type }, index) => after[index].type !== type);

/** @returns the narrowest type that holds the values of both without loss; undefined when there is none */
export function commonType(table: DeltaType, given: DeltaType): DeltaType | undefined {
  if (widensTo(given, table)) return table;
  if (typeof table !== 'string' || typeof given !== 'string') return undefined;
  if (widensTo(table, given)) return given;
  const decimal = commonDecimal(table, given);
  if (decimal) return decimal;
  return widensTo(table, 'double') && widensTo(given, 'double') ? 'double' : undefined;
}

function commonDecimal(left: string, right: string): string | undefined {
  const [a, b] = [digitsOf(left), digitsOf(right)];
  if (!a || !b) return undefined;
  const scale = Math.max(a.scale, b.scale);
  const precision = Math.max(a.precision - a.scale, b.precision - b.scale) + scale;
  return precision <= DECIMAL_DIGITS ? `decimal(${precision},${scale})` : undefined;
}

const digitsOf = (type: string): { precision: number; scale: number } | undefined =>
  type in INTEGER_DIGITS ? { precision: INTEGER_DIGITS[type], scale: 0 } : decimalOf(type);
