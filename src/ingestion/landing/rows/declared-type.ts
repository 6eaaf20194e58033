import type { JsonSchema } from '../../topic.types.js';

const TYPES: Readonly<Record<string, string>> = {
  integer: 'BIGINT',
  number: 'DOUBLE',
  boolean: 'BOOLEAN',
  string: 'VARCHAR',
  object: 'VARCHAR',
  array: 'VARCHAR',
};
const FORMATS: Readonly<Record<string, string>> = { 'date-time': 'TIMESTAMP WITH TIME ZONE', date: 'DATE' };

/** What a schema says of a field at the top of a value. */
export interface DeclaredField {
  /** In SQL. */
  readonly type: string;
  /** Values of several types may come: then each is kept as JSON text. */
  readonly mixed: boolean;
}

/** @returns the fields of which the schema says a type, by name */
export function declaredFields(schema: JsonSchema | null): ReadonlyMap<string, DeclaredField> {
  const properties = asObject(schema?.properties) ?? {};
  const fields = Object.entries(properties).map(([name, property]) => [name, declared(asObject(property))] as const);
  return new Map(fields.filter((field): field is readonly [string, DeclaredField] => field[1] !== undefined));
}

function declared(property: JsonSchema | undefined): DeclaredField | undefined {
  const types = [property?.type ?? []].flat().filter((type) => type !== 'null' && String(type) in TYPES);
  const [type] = types.map(String);
  if (type === undefined) return undefined;
  const columns = new Set(types.map((each) => TYPES[String(each)]));
  if (columns.size > 1) return numeric(columns) ? { type: 'DOUBLE', mixed: false } : { type: 'VARCHAR', mixed: true };
  const format = type === 'string' && types.length === 1 ? FORMATS[String(property?.format)] : undefined;
  return { type: format ?? TYPES[type], mixed: false };
}

const numeric = (columns: ReadonlySet<string>): boolean =>
  [...columns].every((column) => column === 'BIGINT' || column === 'DOUBLE');

const asObject = (value: unknown): JsonSchema | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonSchema) : undefined;
