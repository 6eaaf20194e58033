import type { FeatureColumn, PlainFeature, RawValue } from '../estimator.types.js';
import { assertRowLengths, columnsOf, numberOf, rowsOf } from '../feature-input.js';
import type { Design, Term } from '../linear/design.js';
import { standardise } from '../linear/scale.js';

/** Turns what a caller gives into rows of numbers, zeros included: deviations from the mean, and a one for the level. */
export class DenseRows {
  readonly width: number;
  /** By term: its place in a row of the caller. */
  private readonly places: readonly number[];

  constructor(
    private readonly features: readonly PlainFeature[],
    private readonly terms: readonly Term[],
  ) {
    this.places = terms.map(({ feature }) => features.findIndex(({ name }) => name === feature.name));
    this.width = terms.reduce((width, { levels }) => width + (levels ? levels.rest + 1 : 1), 0);
  }

  ofRows(rows: readonly (readonly RawValue[])[]): Float64Array[] {
    assertRowLengths(rows, this.features);
    return rows.map((row) => {
      const dense = new Float64Array(this.width);
      this.terms.forEach((term, t) => put(dense, term, row[this.places[t]]));
      return dense;
    });
  }

  ofColumns(columns: readonly FeatureColumn[]): Float64Array[] {
    const ours = columnsOf(this.features, columns);
    const dense = Array.from({ length: rowsOf(ours) }, () => new Float64Array(this.width));
    this.terms.forEach((term, t) => {
      const column = ours[this.places[t]];
      if (column.type === 'number') column.values.forEach((value, row) => put(dense[row], term, value));
      else term.levels?.encode(column).forEach((position, row) => (dense[row][term.at + position] = 1));
    });
    return dense;
  }
}

function put(dense: Float64Array, { feature, at, scale, levels }: Term, value: RawValue): void {
  if (scale) dense[at] = standardise(numberOf(value, feature.name), scale);
  else dense[at + levels.positionOf(value)] = 1;
}

/** The training rows. */
export function denseRows({ rows, columns, numbers, ones }: Design): Float64Array[] {
  const [numberCount, oneCount] = [numbers.length / rows, ones.length / rows];
  return Array.from({ length: rows }, (_, row) => {
    const dense = new Float64Array(columns);
    dense.set(numbers.subarray(row * numberCount, (row + 1) * numberCount));
    for (let j = 0; j < oneCount; j++) dense[ones[row * oneCount + j]] = 1;
    return dense;
  });
}
