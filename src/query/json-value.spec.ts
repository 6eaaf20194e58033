import { toJsonValue } from './json-value.js';

describe('toJsonValue', () => {
  it.each([
    ['a small integer', 42n, 42],
    ['the largest safe integer', 9_007_199_254_740_991n, 9_007_199_254_740_991],
    ['an integer that JSON numbers would bend', 9_007_199_254_740_993n, '9007199254740993'],
    ['not a number', NaN, 'NaN'],
    ['infinity', -Infinity, '-Infinity'],
    ['a time', new Date('1969-07-20T20:17:40Z'), '1969-07-20T20:17:40.000Z'],
    ['bytes', Buffer.from('hi'), 'aGk='],
    ['nothing', undefined, null],
    ['what is nested', { a: [1n, null] }, { a: [1, null] }],
  ])('tells %s', (_what, value, expected) => {
    expect(toJsonValue(value)).toEqual(expected);
  });
});
