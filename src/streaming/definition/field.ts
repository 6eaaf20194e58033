import { z } from 'zod';

/** Where a value stands in an event; dots lead into objects. */
export const FieldPath = z
  .string()
  .regex(
    /^[A-Za-z_][\w-]*(\.[A-Za-z_][\w-]*)*$/,
    'is the name of a field, with dots into objects: temperature or reading.temperature',
  )
  .max(200);

/** A column that a stream makes. */
export const ColumnName = z
  .string()
  .regex(/^[a-z][a-z0-9_]*$/, 'is made of lower case letters, digits and underscores, a letter first')
  .max(60);

/** @returns a function that gives the value of a field; undefined when it is missing */
export function readerOf(path: string): (value: Readonly<Record<string, unknown>>) => unknown {
  const [first, ...rest] = path.split('.');
  if (rest.length === 0) return (value) => own(value, first);
  return (value) => rest.reduce<unknown>((inner, name) => own(inner, name), own(value, first));
}

const own = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;
