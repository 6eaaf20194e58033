import { cellsOf, type Design, sharesOf } from './design.js';
import { type Pace, SLICE } from './pace.js';

/** All that least squares has to know of a design and a target: sums of products of what is left when the means are taken away. */
export interface Moments {
  readonly rows: number;
  readonly columns: number;
  /** columns × columns, symmetric. */
  readonly gram: Float64Array;
  /** Each column with the target. */
  readonly cross: Float64Array;
  readonly means: Float64Array;
}

/** @param target standardised. One pass over the rows, with one term for each pair of cells that are not zero. */
export async function momentsOf(design: Design, target: Float64Array, pace: Pace): Promise<Moments> {
  const { rows, columns } = design;
  const gram = new Float64Array(columns * columns);
  const cross = new Float64Array(columns);
  const means = meansOf(design);
  const rowCost = 1 + cellsOf(design) ** 2 / 2;
  const block = Math.ceil(SLICE / rowCost);
  for (let from = 0; from < rows; from += block) {
    const to = Math.min(rows, from + block);
    for (let row = from; row < to; row++) addRow(design, row, target[row], { gram, cross });
    await pace.spend((to - from) * rowCost);
  }
  centre(gram, means, rows);
  return { rows, columns, gram, cross, means };
}

/** Adds to the lower triangle: the columns of a row ascend, numbers first. */
function addRow({ rows, columns, numbers, ones }: Design, row: number, y: number, sums: Pick<Moments, 'gram' | 'cross'>): void {
  const { gram, cross } = sums;
  const [numberCount, oneCount] = [numbers.length / rows, ones.length / rows];
  const [firstNumber, firstOne] = [row * numberCount, row * oneCount];
  for (let i = 0; i < numberCount; i++) {
    const value = numbers[firstNumber + i];
    cross[i] += value * y;
    for (let j = 0, at = i * columns; j <= i; j++) gram[at++] += value * numbers[firstNumber + j];
  }
  for (let i = 0; i < oneCount; i++) {
    const column = ones[firstOne + i];
    const at = column * columns;
    cross[column] += y;
    for (let j = 0; j < numberCount; j++) gram[at + j] += numbers[firstNumber + j];
    for (let j = 0; j <= i; j++) gram[at + ones[firstOne + j]]++;
  }
}

/** Those of the numbers are zero but for rounding, and for missing values, which stand at the mean. */
function meansOf(design: Design): Float64Array {
  const means = sharesOf(design);
  const width = design.numbers.length / design.rows;
  design.numbers.forEach((value, i) => (means[i % width] += value / design.rows));
  return means;
}

function centre(gram: Float64Array, means: Float64Array, rows: number): void {
  const columns = means.length;
  for (let i = 0; i < columns; i++) {
    for (let j = 0; j <= i; j++) {
      const product = gram[i * columns + j] - rows * means[i] * means[j];
      gram[i * columns + j] = product;
      gram[j * columns + i] = product;
    }
  }
}
