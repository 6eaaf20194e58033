import type { PlainColumn, PlainFeature, PlainSet } from '../estimator.types.js';
import { UntrainableError } from '../estimators.errors.js';
import { Levels } from './levels.js';
import { type Scale, scaleOf, standardise } from './scale.js';

/** What becomes of one feature: one column of deviations from the mean, or a column of zeros and ones for each level. */
export type Term = { readonly feature: PlainFeature; /** Its first column. */ readonly at: number } & (
  { readonly scale: Scale; readonly levels?: undefined } | { readonly levels: Levels; readonly scale?: undefined }
);

/** The matrix that a linear model is fitted on, without the zeros. */
export interface Design {
  readonly rows: number;
  readonly columns: number;
  /** By name of the feature, whatever the order of the caller: sums come out the same to the last bit. */
  readonly terms: readonly Term[];
  /** rows × numbers, row-major. */
  readonly numbers: Float64Array;
  /** The column of each row's one, for each category: rows × categories, row-major, ascending within a row. */
  readonly ones: Int32Array;
}

/** A normal matrix of so many columns takes 32 MB and some seconds. */
const MOST_COLUMNS = 2000;

/** Numbers come first, then the levels. @throws {UntrainableError} when there would be too many columns */
export function designOf({ rows, features }: Pick<PlainSet, 'rows' | 'features'>, mostColumns = MOST_COLUMNS): Design {
  const sorted = features.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const numbers = sorted.filter((feature) => feature.type === 'number');
  const categories = sorted.filter((feature) => feature.type === 'category');
  const terms: Term[] = numbers.map((column, at) => ({ feature: featureOf(column), at, scale: scaleOf(column.values) }));
  let columns = terms.length;
  for (const column of categories) {
    const levels = Levels.of(column);
    terms.push({ feature: featureOf(column), at: columns, levels });
    columns += levels.names.length + 1;
  }
  if (columns > mostColumns) throw tooManyColumns(columns, mostColumns);
  return {
    rows,
    columns,
    terms,
    numbers: sideBySide(new Float64Array(rows * numbers.length), numbers, ({ values }, i) =>
      values.map((value) => standardise(value, terms[i].scale as Scale)),
    ),
    ones: sideBySide(new Int32Array(rows * categories.length), categories, (column, i) => {
      const { levels, at } = terms[numbers.length + i];
      return (levels as Levels).encode(column).map((position) => at + position);
    }),
  };
}

const featureOf = ({ name, type }: PlainColumn): PlainFeature => ({ name, type });

/** Fills a table, row-major, with what the columns become. */
function sideBySide<Column, Cells extends Float64Array | Int32Array>(
  table: Cells,
  columns: readonly Column[],
  encode: (column: Column, index: number) => Cells,
): Cells {
  columns.forEach((column, index) => {
    encode(column, index).forEach((cell, row) => (table[row * columns.length + index] = cell));
  });
  return table;
}

const tooManyColumns = (columns: number, most: number): UntrainableError =>
  new UntrainableError(
    `The features make ${columns} columns (a number one, a category one for each of its levels, a text one for each of its terms), and this estimator takes ${most}. Leave out features, or use random_forest.`,
  );

/** How many cells of a row are not zero. */
export const cellsOf = ({ numbers, ones, rows }: Design): number => (numbers.length + ones.length) / rows;

/** Adds to `sums`, for each of its rows from `from` on, the product of the row with a vector of `columns` × `width`. */
export function multiplyRows(design: Design, vector: Float64Array, width: number, sums: Float64Array, from: number): void {
  const { rows, numbers, ones } = design;
  const [numberCount, oneCount] = [numbers.length / rows, ones.length / rows];
  for (let row = from, out = 0; out < sums.length; row++) {
    for (let k = 0; k < width; k++, out++) {
      let sum = 0;
      for (let j = 0, at = row * numberCount; j < numberCount; j++) sum += numbers[at + j] * vector[j * width + k];
      for (let j = 0, at = row * oneCount; j < oneCount; j++) sum += vector[ones[at + j] * width + k];
      sums[out] += sum;
    }
  }
}

/** The other way: adds each row from `from` on, times its own `width` weights, to a vector of `columns` × `width`. */
export function addRows(design: Design, weights: Float64Array, width: number, vector: Float64Array, from: number): void {
  const { rows, numbers, ones } = design;
  const [numberCount, oneCount] = [numbers.length / rows, ones.length / rows];
  for (let row = from, own = 0; own < weights.length; row++) {
    for (let k = 0; k < width; k++, own++) {
      const weight = weights[own];
      for (let j = 0, at = row * numberCount; j < numberCount; j++) vector[j * width + k] += numbers[at + j] * weight;
      for (let j = 0, at = row * oneCount; j < oneCount; j++) vector[ones[at + j] * width + k] += weight;
    }
  }
}

/** The share of ones in each column of a level; 0 for numbers. */
export function sharesOf({ ones, rows, columns }: Design): Float64Array {
  const shares = new Float64Array(columns);
  for (const column of ones) shares[column]++;
  return shares.map((count) => count / rows);
}
