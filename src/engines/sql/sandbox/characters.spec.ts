import { charactersOf } from './characters.js';

describe('the characters of a value', () => {
  it.each<[string, unknown, number]>([
    ['a text', 'four', 4],
    ['bytes', Buffer.alloc(5), 5],
    ['columns', [['a', null], ['bc']], 3],
    ['a list in a list', [[Buffer.alloc(3)], ['ab', []]], 5],
    ['a struct', { a: 'xy', b: { c: [Buffer.alloc(2)] } }, 4],
    ['what is no text', [1, 2n, true, null, new Date(0), Infinity], 0],
  ])('of %s', (_what, value, expected) => {
    expect(charactersOf(value)).toBe(expected);
  });
});
