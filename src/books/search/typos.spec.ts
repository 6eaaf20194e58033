import { typosAllowed, typosBetween } from './typos.js';

describe('typosBetween', () => {
  it.each([
    ['attic', 'attic', 0],
    ['atic', 'attic', 1],
    ['atttic', 'attic', 1],
    ['ottic', 'attic', 1],
    ['attci', 'attic', 1],
    ['lihgthuose', 'lighthouse', 2],
    ['', 'at', 2],
  ])('from %s to %s are %d', (a, b, typos) => expect(typosBetween(a, b, 2)).toBe(typos));

  it('are not counted beyond the limit', () => {
    expect([typosBetween('sitting', 'kitten', 1), typosBetween('a', 'attic', 2)]).toEqual([2, 3]);
  });

  it('are allowed only as far as a word stays recognisable', () => {
    expect(['of', 'the', 'attic', 'violin'].map(typosAllowed)).toEqual([0, 1, 1, 2]);
  });
});
