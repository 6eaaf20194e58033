import type { Comparison, Condition } from '../../engines/sql/sql.port.js';
import { physicalName } from '../schema/column-mapping.js';
import { decimalOf, type DeltaType, type StructField } from '../schema/delta-type.js';
import { type FileStatistics, readStatistics } from '../schema/file-statistics.js';

/** What the log tells of a file. */
export interface DescribedFile {
  readonly partitionValues: Readonly<Record<string, string | null>>;
  /** JSON text. */
  readonly stats?: string;
}

interface Bounds {
  readonly min?: number | Buffer;
  readonly max?: number | Buffer;
  readonly rows?: number;
  readonly nulls?: number;
}

/** A double holds so many decimal digits exactly. */
const EXACT_DIGITS = 15;
/** Statistics of times are cut to milliseconds, by some writers also the upper bound. */
const CUT_MS = 1;

/**
 * Tells which files may hold rows that fulfil a condition. A file of which too little is known may.
 * @param condition of columns that the table has, or has not
 */
export function fileFilter(
  condition: Condition,
  fields: readonly StructField[],
  partitionColumns: readonly string[],
): (file: DescribedFile) => boolean {
  const known = new Map(fields.map((field) => [field.name.toLowerCase(), field]));
  return (file) => {
    let parsed: FileStatistics | undefined;
    const boundsOf = (field: StructField): Bounds => {
      if (partitionColumns.includes(field.name)) return boundsOfPartition(field.type, file.partitionValues[field.name]);
      parsed ??= readStatistics(file.stats);
      return boundsOfColumn(field, parsed);
    };
    const mayHold = (part: Condition): boolean => {
      if (part.kind === 'and') return part.of.every(mayHold);
      if (part.kind === 'or') return part.of.some(mayHold);
      if (part.kind === 'any') return true;
      const field = known.get(part.column.toLowerCase());
      if (!field) return true;
      const bounds = boundsOf(field);
      if (part.kind === 'null') return bounds.nulls === undefined || bounds.nulls > 0;
      if (bounds.nulls !== undefined && bounds.nulls === bounds.rows) return false;
      return part.kind === 'not null' || mayCompare(field.type, part.operator, comparable(field.type, part.value), bounds);
    };
    return mayHold(condition);
  };
}

function boundsOfColumn(field: StructField, { numRecords, minValues, maxValues, nullCount }: FileStatistics): Bounds {
  const { type } = field;
  const name = physicalName(field);
  const nulls = nullCount?.[name];
  return {
    min: comparable(type, minValues?.[name]),
    max: comparable(type, maxValues?.[name]),
    rows: typeof numRecords === 'number' ? numRecords : undefined,
    nulls: typeof nulls === 'number' ? nulls : undefined,
  };
}

function boundsOfPartition(type: DeltaType, value: string | null | undefined): Bounds {
  if (value === null || value === undefined || value === '') return { rows: 1, nulls: 1 };
  const exact = comparable(type, isNumeric(type) ? Number(value) : value);
  return { min: exact, max: exact, rows: 1, nulls: 0 };
}

function mayCompare(type: DeltaType, operator: Comparison, value: number | Buffer | undefined, { min, max }: Bounds): boolean {
  if (value === undefined) return true;
  const slack = type === 'timestamp' || type === 'timestamp_ntz' ? CUT_MS : 0;
  const below = min === undefined ? -1 : order(min, value) - slack;
  const above = max === undefined ? 1 : order(max, value) + slack;
  switch (operator) {
    case '=':
      return below <= 0 && above >= 0;
    case '<':
      return below < 0;
    case '<=':
      return below <= 0;
    // NaN is greater than every number, and not every writer counts it into the maximum.
    case '>':
      return type === 'double' || above > 0;
    case '>=':
      return type === 'double' || above >= 0;
  }
}

const order = (left: number | Buffer, right: number | Buffer): number =>
  typeof left === 'number' || typeof right === 'number' ? Number(left) - Number(right) : Buffer.compare(left, right);

const isNumeric = (type: DeltaType): boolean =>
  type === 'byte' ||
  type === 'short' ||
  type === 'integer' ||
  type === 'long' ||
  type === 'double' ||
  decimalOf(type) !== undefined;

/** @returns what compares as the engine compares values of the type; undefined where that is not certain */
function comparable(type: DeltaType, value: unknown): number | Buffer | undefined {
  if (isNumeric(type)) return comparableNumber(type, value);
  if (type === 'string') return typeof value === 'string' ? Buffer.from(value) : undefined;
  if (type !== 'date' && type !== 'timestamp' && type !== 'timestamp_ntz') return undefined;
  const time = value instanceof Date ? value.getTime() : type === 'date' ? dayOf(value) : timeOf(value);
  return Number.isNaN(time) ? undefined : time;
}

function comparableNumber(type: DeltaType, value: unknown): number | undefined {
  const number = typeof value === 'bigint' ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isFinite(number)) return undefined;
  if (type === 'double') return number;
  if ((decimalOf(type)?.precision ?? 0) > EXACT_DIGITS) return undefined;
  return Math.abs(number) <= Number.MAX_SAFE_INTEGER ? number : undefined;
}

/** As {@link timeOf}; a time of day is none, since a DATE drops it. */
const dayOf = (text: unknown): number => (/^\d{4}-\d\d-\d\d$/.test(String(text)) ? timeOf(text) : Number.NaN);

/** Milliseconds; a time without a zone counts as UTC. */
function timeOf(text: unknown): number {
  const match = /^(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d:\d\d)(?:\.(\d{1,3})\d*)?(?:Z|\+00(?::?00)?)?)?$/.exec(String(text));
  return match ? Date.parse(`${match[1]}T${match[2] ?? '00:00:00'}.${(match[3] ?? '').padEnd(3, '0')}Z`) : Number.NaN;
}
