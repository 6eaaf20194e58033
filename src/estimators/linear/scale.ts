/** Where numbers have their middle and how far they spread, both in units of `unit`: a power of two, so that dividing loses nothing. */
export interface Scale {
  readonly unit: number;
  readonly centre: number;
  /** Standard deviation; 0 when all are the same. */
  readonly spread: number;
}

/** As many deviations count as infinitely many: sums of products, and of their fifth powers, stay finite. */
const FARTHEST = 1e50;

const isMissing = Number.isNaN;

/** Mean and standard deviation of those that are not NaN. Works in units, so that no square is too large or too small for a float. */
export function scaleOf(values: Float64Array): Scale {
  const known = values.filter((value) => !isMissing(value));
  const unit = unitOf(known);
  let centre = 0;
  let isConstant = true;
  for (let i = 0; i < known.length; i++) {
    centre += (known[i] / unit - centre) / (i + 1);
    if (known[i] !== known[0]) isConstant = false;
  }
  let squares = 0;
  for (const value of known) squares += (value / unit - centre) ** 2;
  // A constant like 0.1 has a mean that is off by a rounding error, and must not pass for a column that varies by it.
  return { unit, centre, spread: isConstant ? 0 : Math.sqrt(squares / known.length) };
}

function unitOf(values: Float64Array): number {
  let [low, high] = [0, 0];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const largest = Math.max(-low, high);
  return largest === 0 ? 1 : 2 ** Math.min(1023, Math.floor(Math.log2(largest)));
}

/** @returns deviations from the mean; 0 for NaN, which puts the mean in the place of what is missing, and where nothing varies */
export function standardise(value: number, { unit, centre, spread }: Scale): number {
  if (spread === 0) return 0;
  const deviations = (value / unit - centre) / spread;
  if (deviations > FARTHEST) return FARTHEST;
  if (deviations < -FARTHEST) return -FARTHEST;
  return isMissing(deviations) ? 0 : deviations;
}

/** The way back, up to the largest number there is. */
export function restore(deviations: number, { unit, centre, spread }: Scale): number {
  const value = (centre + spread * deviations) * unit;
  return Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, value));
}
