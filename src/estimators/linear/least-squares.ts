import type { Moments } from './moments.js';
import type { Pace } from './pace.js';

/** By the trace of the normal matrix: far above its rounding errors, far below what any prediction shows. */
const JITTER = 1e-11;
const REFINEMENTS = 3;

/**
 * The coefficients that minimise the squared error plus `penalty` times the sum of their squares.
 *
 * Columns that say the same thing make the normal matrix singular. So a trace of a penalty is added before it is factored, and
 * taken out again by refining the solution a few times (iterated Tikhonov regularisation): what the data decide comes out as they
 * decide it, and what they leave open stays next to zero, as in the solution of least norm.
 */
export async function solveLeastSquares(moments: Moments, penalty: number, pace: Pace): Promise<Float64Array> {
  const { columns, gram, cross } = moments;
  let trace = 0;
  for (let i = 0; i < columns; i++) trace += gram[i * columns + i];
  const solution = new Float64Array(columns);
  if (trace === 0) return solution;
  const factor = await factorSafely(gram, columns, { penalty, jitter: JITTER * (trace + penalty) }, pace);
  for (let round = 0; round < REFINEMENTS; round++) {
    const step = substitute(factor, residual(gram, penalty, solution, cross));
    for (let i = 0; i < columns; i++) solution[i] += step[i];
    await pace.spend(3 * columns * columns);
  }
  return solution;
}

/** Multiplications that {@link solveLeastSquares} takes for so many columns. */
export const solvingCost = (columns: number): number => columns ** 3 / 6 + 3 * REFINEMENTS * columns ** 2;

function residual(gram: Float64Array, penalty: number, solution: Float64Array, cross: Float64Array): Float64Array {
  const columns = cross.length;
  return cross.map((value, i) => {
    let left = value - penalty * solution[i];
    for (let j = 0, at = i * columns; j < columns; j++) left -= gram[at++] * solution[j];
    return left;
  });
}

async function factorSafely(
  gram: Float64Array,
  columns: number,
  { penalty, jitter }: { penalty: number; jitter: number },
  pace: Pace,
): Promise<Float64Array> {
  for (let added = jitter; ; added *= 100) {
    const matrix = gram.slice();
    for (let i = 0; i < columns; i++) matrix[i * columns + i] += penalty + added;
    if (await factor(matrix, columns, pace)) return matrix;
  }
}

/** Cholesky's factor in the lower triangle, in place. @returns false when rounding has left the matrix indefinite */
async function factor(matrix: Float64Array, columns: number, pace: Pace): Promise<boolean> {
  for (let j = 0; j < columns; j++) {
    const pivot = Math.sqrt(reduced(matrix, columns, j, j));
    if (!(pivot > 0)) return false;
    matrix[j * columns + j] = pivot;
    for (let i = j + 1; i < columns; i++) matrix[i * columns + j] = reduced(matrix, columns, i, j) / pivot;
    await pace.spend((columns - j) * j);
  }
  return true;
}

/** The element less the product of what stands before it in its own row and in row `j`. */
function reduced(matrix: Float64Array, columns: number, i: number, j: number): number {
  let [own, other] = [i * columns, j * columns];
  let value = matrix[own + j];
  for (let k = 0; k < j; k++) value -= matrix[own++] * matrix[other++];
  return value;
}

function substitute(factor: Float64Array, right: Float64Array): Float64Array {
  const columns = right.length;
  const solution = right.slice();
  for (let i = 0; i < columns; i++) {
    for (let j = 0; j < i; j++) solution[i] -= factor[i * columns + j] * solution[j];
    solution[i] /= factor[i * columns + i];
  }
  for (let i = columns - 1; i >= 0; i--) {
    solution[i] /= factor[i * columns + i];
    for (let j = 0; j < i; j++) solution[j] -= factor[i * columns + j] * solution[i];
  }
  return solution;
}
