import { BestFew } from './best-few.js';

describe('the best few', () => {
  it('are those that sorting all would put first', () => {
    const scores = Array.from({ length: 500 }, (_, n) => (n * 7919) % 101);
    const few = new BestFew<number>(20);
    scores.forEach((score, n) => few.offer(n, score));
    const sorted = [...scores.keys()].sort((a, b) => scores[b] - scores[a] || a - b);
    expect(few.items).toEqual(sorted.slice(0, 20));
  });
});
