import { z } from 'zod';

const KINDS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  bigint: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  tuple: 'a list',
  object: 'an object',
  record: 'an object',
  date: 'a date',
  nan: 'a number',
};
const kindOf = (name: string): string => KINDS[name] ?? name;

const UNITS: Readonly<Record<string, string>> = { string: 'characters', array: 'items', set: 'items', map: 'entries' };

/** Says what a value must be, in words that go on behind the name of its field: "must be at least 1". What is not here, zod says. */
export const plainWords: z.core.$ZodErrorMap = (issue) => {
  switch (issue.code) {
    case 'invalid_type':
      return typed(issue.expected, issue.input);
    case 'invalid_value':
      return issue.values.length === 1
        ? `must be ${written(issue.values[0])}`
        : `must be one of ${issue.values.map(written).join(', ')}`;
    case 'too_small':
      return sized(issue, issue.minimum, issue.inclusive ? ['at least', 'at least'] : ['more than', 'more than']);
    case 'too_big':
      return sized(issue, issue.maximum, issue.inclusive ? ['at most', 'at most'] : ['less than', 'fewer than']);
    case 'not_multiple_of':
      return `must be a multiple of ${issue.divisor}`;
    case 'unrecognized_keys':
      return unknownKeys(issue.keys, keysOf(issue.inst));
    case 'custom':
    case 'invalid_element':
    case 'invalid_format':
    case 'invalid_key':
    case 'invalid_union':
      return undefined;
  }
};

function typed(expected: string, given: unknown): string {
  if (given === undefined) return 'is missing';
  const kind = kindOf(z.core.util.parsedType(given));
  const wanted = `must be ${kindOf(expected)}`;
  return kind === 'a number' && wanted.endsWith('number') ? wanted : `${wanted}, not ${kind}`;
}

interface Size {
  readonly origin: string;
  readonly exact?: boolean;
}

function sized({ origin, exact }: Size, bound: number | bigint, [amount, count]: readonly [string, string]): string {
  const unit = UNITS[origin];
  if (!unit) return `must be ${amount} ${bound}`;
  if (exact) return `must have exactly ${bound} ${unit}`;
  if (Number(bound) === 1 && count === 'at least') return 'must not be empty';
  return `must have ${count} ${bound} ${unit}`;
}

function unknownKeys(keys: readonly string[], known: readonly string[]): string {
  const unknown = `Unrecognized key${keys.length > 1 ? 's' : ''}: ${keys.map(written).join(', ')}`;
  return known.length > 0 ? `${unknown}; allowed are ${known.join(', ')}` : unknown;
}

/** Of the object that found keys which it does not have. */
const keysOf = (schema: unknown): string[] => (schema instanceof z.core.$ZodObject ? Object.keys(schema._zod.def.shape) : []);

const written = (value: unknown): string => (typeof value === 'string' ? `"${value}"` : String(value));

z.config({ customError: plainWords });
