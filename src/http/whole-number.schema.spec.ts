import { z } from 'zod';
import { plainWords } from '../errors/plain-words.js';
import { WholeNumber } from './whole-number.schema.js';

describe('a whole number in a query string', () => {
  const answer = (number: unknown): unknown => {
    const { data, error } = z.object({ number: WholeNumber.optional() }).safeParse({ number }, { error: plainWords });
    return error ? error.issues[0].message : data?.number;
  };

  it.each([
    ['0', 0],
    ['12', 12],
    [undefined, undefined],
    ['', 'must be a number'],
    [' ', 'must be a number'],
    ['1e1', 'must be a number'],
    ['0x2', 'must be a number'],
    ['-1', 'must be at least 0'],
  ])('of %j is %j', (text, expected) => expect(answer(text)).toBe(expected));
});
