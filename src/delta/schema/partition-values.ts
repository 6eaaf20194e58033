import { SchemaMismatchError } from '../delta.errors.js';
import { decimalOf, type DeltaType, type StructField } from './delta-type.js';

export type PartitionValues = Readonly<Record<string, string | null>>;

const DIVIDING = [
  'boolean',
  'byte',
  'short',
  'integer',
  'long',
  'float',
  'double',
  'string',
  'date',
  'timestamp',
  'timestamp_ntz',
];

/** Of a name on a disk, in bytes. A longer folder is left out of the path: what it says stands in the log. */
const LONGEST_FOLDER = 255;

/**
 * The partition columns as the table spells them.
 * @throws {SchemaMismatchError} when one is missing, given twice or of a type that has no text, or when no other column is left
 */
export function partitionColumnsOf(table: string, fields: readonly StructField[], wanted: readonly string[]): string[] {
  const known = new Map(fields.map((field) => [field.name.toLowerCase(), field]));
  const differences = wanted.flatMap((name, index) => {
    const field = known.get(name.toLowerCase());
    if (!field) return [`it cannot be partitioned by "${name}", which is none of its columns`];
    if (!divides(field.type)) return [`it cannot be partitioned by "${name}", whose type has no partition values`];
    const twice = wanted.findIndex((other) => other.toLowerCase() === name.toLowerCase()) !== index;
    return twice ? [`it cannot be partitioned by "${name}" twice`] : [];
  });
  if (wanted.length > 0 && wanted.length >= fields.length) differences.push('beside its partition columns it has no other');
  if (differences.length > 0) throw new SchemaMismatchError(table, differences);
  return wanted.map((name) => known.get(name.toLowerCase())?.name as string);
}

/**
 * Delta protocol, "Partition Value Serialization": empty text is a missing value.
 * @param text in SQL's own form
 */
export function partitionValue(type: DeltaType, text: string | null): string | null {
  if (text === null || text === '') return null;
  if (type === 'timestamp') return text.replace(/\+00$/, '');
  if (type !== 'double' && type !== 'float') return text;
  return ({ nan: 'NaN', inf: 'Infinity', '-inf': '-Infinity' } as Record<string, string>)[text] ?? text;
}

/** @returns `city=S%C3%A3o%20Paulo/day=2024-02-29/`, as the folders are called on the disk; empty without partition columns */
export function partitionFolder(columns: readonly string[], values: PartitionValues): string {
  const folders = columns.map(
    (name) => `${escaped(name)}=${values[name] === null ? '__HIVE_DEFAULT_PARTITION__' : escaped(values[name])}`,
  );
  return folders
    .filter((folder) => folder.length <= LONGEST_FOLDER)
    .map((folder) => `${folder}/`)
    .join('');
}

const divides = (type: DeltaType): boolean =>
  typeof type === 'string' && (DIVIDING.includes(type) || decimalOf(type) !== undefined);

const escaped = (text: string): string => encodeURIComponent(text).replaceAll("'", '%27').replaceAll('*', '%2A');
