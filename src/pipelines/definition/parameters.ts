import { z } from 'zod';
import { known } from './known-keys.js';

const Scalar = z.union([z.string(), z.number(), z.boolean()]);
export type ParameterValue = z.infer<typeof Scalar>;

/** A value that each run may be given; a step reads it as `${params.<name>}`. */
export const Parameter = known({
  type: z.enum(['text', 'integer', 'number', 'boolean', 'date']).meta({ description: 'A date is written as 2026-01-31' }),
  default: Scalar.optional().meta({ description: 'Taken when a run does not say; without it a run must' }),
  choices: z.array(Scalar).min(1).optional().meta({ description: 'The only values that are allowed' }),
  description: z.string().default(''),
});
export type Parameter = z.output<typeof Parameter>;
export type Parameters = Readonly<Record<string, Parameter>>;

const TYPES: Readonly<Record<Parameter['type'], z.ZodType<ParameterValue>>> = {
  text: z.string().max(10_000),
  integer: z.int(),
  number: z.number(),
  boolean: z.boolean(),
  date: z.iso.date(),
};

/** What a run may be given, with the defaults filled in. A name that is not declared is refused. */
export const valuesOf = (parameters: Parameters): z.ZodType<Record<string, ParameterValue>> =>
  z.strictObject(
    mapValues(parameters, (parameter) =>
      parameter.default === undefined ? valueOf(parameter) : valueOf(parameter).default(parameter.default),
    ),
  );

/** One value of a parameter. */
export function valueOf({ type, choices }: Parameter): z.ZodType<ParameterValue> {
  if (!choices) return TYPES[type];
  return TYPES[type].refine((value) => choices.includes(value), `is none of ${choices.join(', ')}`);
}

const REFERENCE = /\$\{params\.([a-z0-9_]+)\}/g;

/** Names of the parameters that a value refers to, however deep. */
export function referencesIn(value: unknown): string[] {
  if (typeof value === 'string') return [...value.matchAll(REFERENCE)].map(([, name]) => name);
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(referencesIn) : [];
}

/** Puts values in place of references. A text that is one reference and nothing else becomes the value in its own type. */
export function substitute(value: unknown, values: Readonly<Record<string, ParameterValue>>): unknown {
  if (Array.isArray(value)) return value.map((item) => substitute(item, values));
  if (typeof value === 'object' && value !== null) {
    return mapValues(value as Record<string, unknown>, (item) => substitute(item, values));
  }
  if (typeof value !== 'string') return value;
  const [whole] = value.matchAll(REFERENCE);
  return whole?.[0] === value ? values[whole[1]] : value.replace(REFERENCE, (_, name: string) => String(values[name]));
}

const mapValues = <From, To>(record: Readonly<Record<string, From>>, change: (value: From) => To): Record<string, To> =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
