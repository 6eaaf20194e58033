import type { Moments } from './moments.js';
import type { Pace } from './pace.js';

const MOST_SWEEPS = 10_000;
/** A sweep that moves no prediction by more than this share of the target's deviation is the last. */
const TOLERANCE = 1e-12;

/**
 * The coefficients that minimise half the squared error plus `penalty` times the sum of their absolute values, one after the
 * other by soft thresholding until none moves (Friedman, Hastie, Tibshirani 2010, covariance updates).
 */
export async function descend({ rows, columns, gram, cross }: Moments, penalty: number, pace: Pace): Promise<Float64Array> {
  const solution = new Float64Array(columns);
  // What each column still has in common with what is not explained.
  const left = cross.slice();
  for (let sweep = 0; sweep < MOST_SWEEPS; sweep++) {
    let farthest = 0;
    let moves = 0;
    for (let j = 0; j < columns; j++) {
      const square = gram[j * columns + j];
      // A column that does not vary, but for the rounding of its mean.
      if (square <= 1e-12 * rows) continue;
      const moved = soft(left[j] + square * solution[j], penalty) / square - solution[j];
      if (moved === 0) continue;
      solution[j] += moved;
      for (let k = 0, at = j * columns; k < columns; k++) left[k] -= gram[at++] * moved;
      farthest = Math.max(farthest, Math.abs(moved) * Math.sqrt(square / rows));
      moves++;
    }
    if (farthest <= TOLERANCE) break;
    await pace.spend(columns * (moves + 1));
  }
  return solution;
}

const soft = (value: number, threshold: number): number => Math.sign(value) * Math.max(0, Math.abs(value) - threshold);
