import { diverseChoice } from './diverse-choice.js';

const LIKENESS: Record<string, number[]> = { a: [1, 0.9, 0.2], b: [0.9, 1, 0], c: [0.2, 0, 1] };
const CANDIDATES = [
  { name: 'a', score: 0.9 },
  { name: 'b', score: 0.8 },
  { name: 'c', score: 0.4 },
];
const choose = (count: number): string =>
  diverseChoice(CANDIDATES, count, ({ name }) => Float64Array.from(LIKENESS[name]))
    .map(({ name }) => name)
    .join('');

describe('a diverse choice', () => {
  it('begins with the best', () => expect(choose(1)).toBe('a'));

  it('takes what is new before what is better and the same', () => expect(choose(2)).toBe('ac'));

  it('ends when there is nothing left', () => expect(choose(9)).toBe('acb'));

  it('takes the first of equals', () => {
    const equals = [{ score: 1 }, { score: 1 }];
    expect(diverseChoice(equals, 1, () => new Float64Array(2))[0]).toBe(equals[0]);
  });
});
