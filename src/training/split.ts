import type { FeatureColumn, Target, TrainingSet } from '../estimators/estimator.types.js';
import type { Validation } from './train.schema.js';

export interface Split {
  readonly training: TrainingSet;
  readonly test: TrainingSet;
}

/**
 * Keeps part of the rows back. Both parts have at least one row.
 * @param set in order of time when the validation is by time
 * @param seed draws the rows of a random test: same seed, same rows
 */
export function split(set: TrainingSet, { by, share }: Validation, seed: number): Split {
  const order = by === 'time' ? inOrder(set.rows) : shuffled(set.rows, seed);
  const training = Math.min(Math.max(Math.round(set.rows * (1 - share)), 1), set.rows - 1);
  return { training: pick(set, order.subarray(0, training)), test: pick(set, order.subarray(training)) };
}

/** Rows `from` to before `to`, without copying. */
export const slice = (set: TrainingSet, from: number, to: number): TrainingSet => ({
  rows: to - from,
  features: set.features.map((column) =>
    column.type === 'number'
      ? { ...column, values: column.values.subarray(from, to) }
      : { ...column, codes: column.codes.subarray(from, to) },
  ),
  target: sliceTarget(set.target, from, to),
});

function sliceTarget(target: Target, from: number, to: number): Target {
  return target.problem === 'regression'
    ? { ...target, values: target.values.subarray(from, to) }
    : { ...target, codes: target.codes.subarray(from, to) };
}

function pick(set: TrainingSet, rows: Uint32Array): TrainingSet {
  const features = set.features.map((column): FeatureColumn =>
    column.type === 'number'
      ? { ...column, values: gather(column.values, rows) }
      : { ...column, codes: gather(column.codes, rows) },
  );
  const target: Target =
    set.target.problem === 'regression'
      ? { ...set.target, values: gather(set.target.values, rows) }
      : { ...set.target, codes: gather(set.target.codes, rows) };
  return { rows: rows.length, features, target };
}

function gather<T extends Float64Array | Int32Array>(values: T, rows: Uint32Array): T {
  const gathered = values.slice(0, rows.length) as T;
  for (let index = 0; index < rows.length; index++) gathered[index] = values[rows[index]];
  return gathered;
}

const inOrder = (rows: number): Uint32Array => Uint32Array.from({ length: rows }, (_value, index) => index);

/** Fisher and Yates, driven by mulberry32. */
function shuffled(rows: number, seed: number): Uint32Array {
  const order = inOrder(rows);
  let state = seed >>> 0;
  const random = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  for (let last = rows - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [order[last], order[other]] = [order[other], order[last]];
  }
  return order;
}
