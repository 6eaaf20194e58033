import { Random } from './random.js';

const draws = (seed: number, stream: number, count = 1000): number[] => {
  const random = new Random(seed, stream);
  return Array.from({ length: count }, () => random.below(10));
};

describe('Random', () => {
  it('repeats itself for the same seed and stream, and for no other', () => {
    expect(draws(1, 2)).toEqual(draws(1, 2));
    expect(draws(1, 2)).not.toEqual(draws(1, 3));
    expect(draws(1, 2)).not.toEqual(draws(2, 2));
  });

  it('draws every number about equally often', () => {
    const counts = new Array<number>(10).fill(0);
    for (const draw of draws(5, 0, 100_000)) counts[draw]++;
    const chiSquared = counts.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0);
    expect(chiSquared).toBeLessThan(27.9);
  });

  it('has streams that know nothing of each other', () => {
    const [a, b] = [draws(1, 0, 100_000), draws(1, 1, 100_000)];
    const correlation = a.reduce((sum, value, i) => sum + (value - 4.5) * (b[i] - 4.5), 0) / 100_000 / 8.25;
    expect(Math.abs(correlation)).toBeLessThan(0.01);
  });
});
