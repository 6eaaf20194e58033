import './plain-words.js';
import { z } from 'zod';

const told = (schema: z.ZodType, value: unknown): string | undefined => schema.safeParse(value).error?.issues[0].message;

describe('what a schema says of a value', () => {
  it.each([
    ['a bound below', z.number().min(1), 0, 'must be at least 1'],
    ['a bound that is not included', z.number().positive(), 0, 'must be more than 0'],
    ['a bound above', z.number().lt(10), 10, 'must be less than 10'],
    ['an empty text', z.string().min(1), '', 'must not be empty'],
    ['a text too long', z.string().max(3), 'abcd', 'must have at most 3 characters'],
    ['a list too short', z.array(z.string()).min(2), ['a'], 'must have at least 2 items'],
    ['a list of another length', z.array(z.string()).length(2), ['a'], 'must have exactly 2 items'],
    ['a field that is not there', z.string(), undefined, 'is missing'],
    ['another type', z.number(), 'ten', 'must be a number, not text'],
    ['a fraction', z.int(), 1.5, 'must be a whole number'],
    ['text from a query that is no number', z.coerce.number(), 'ten', 'must be a number'],
    ['a list in place of an object', z.object({}), [], 'must be an object, not a list'],
    ['a number in place of text', z.string(), 5, 'must be text, not a number'],
    ['one of several words', z.enum(['on', 'off']), 'maybe', 'must be one of "on", "off"'],
    ['the only word', z.literal('count'), 'sum', 'must be "count"'],
    ['a step', z.number().multipleOf(5), 7, 'must be a multiple of 5'],
    ['a key that is not known', z.strictObject({ at: z.string().optional() }), { a: 1 }, 'Unrecognized key: "a"; allowed are at'],
    ['keys where none is known', z.strictObject({}), { a: 1, b: 2 }, 'Unrecognized keys: "a", "b"'],
    ['what a schema words itself', z.string().min(1, 'name it'), '', 'name it'],
  ])('names %s', (_what, schema: z.ZodType, value, words) => {
    expect(told(schema, value)).toBe(words);
  });
});
