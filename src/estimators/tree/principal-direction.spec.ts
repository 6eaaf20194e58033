import { principalDirection } from './principal-direction.js';

const order = (scores: Float64Array): number[] => [...scores.keys()].sort((a, b) => scores[a] - scores[b]);

describe('principalDirection', () => {
  it('lines groups up along the classes in which they differ most', () => {
    const counts = Float64Array.of(8, 1, 1, 1, 8, 1, 6, 3, 1, 3, 6, 1);
    expect([
      [0, 2, 3, 1],
      [1, 3, 2, 0],
    ]).toContainEqual(order(principalDirection(counts, 3)));
  });

  it('agrees with the share of one class when there are two', () => {
    const counts = Float64Array.of(9, 1, 2, 8, 10, 10, 30, 10);
    expect([
      [0, 3, 2, 1],
      [1, 2, 3, 0],
    ]).toContainEqual(order(principalDirection(counts, 2)));
  });

  it('has no opinion on groups that are all alike', () => {
    expect([...principalDirection(Float64Array.of(1, 2, 3, 2, 4, 6), 3)].every((score) => Math.abs(score) < 1e-12)).toBe(true);
  });
});
