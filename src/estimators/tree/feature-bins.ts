import type { PlainColumn, PlainFeature, RawValue } from '../estimator.types.js';
import { numberOf } from '../feature-input.js';

/** Missing, and every category that training did not see. */
export const MISSING_BIN = 0;
/** Missing and 255 others: a bin is a byte. */
export const BINS = 256;
const VALUE_BINS = BINS - 1;

/** Above this many rows the quantiles come from an even sample of them. */
const QUANTILE_SAMPLE = 250_000;

/** How the values of one feature become bytes. */
export interface FeatureBins {
  readonly feature: PlainFeature;
  binOf(value: RawValue): number;
  /** Writes the bin of each row to `bins[start + row * stride]`. */
  encode(column: PlainColumn, bins: Uint8Array, start: number, stride: number): void;
}

/** Bin 1 holds what is at most the first edge, bin 2 what is at most the second, and so on; the last bin has no upper edge. */
export class NumberBins implements FeatureBins {
  readonly feature: PlainFeature;

  /** @param edges ascending, in single precision: so that an exported model, which compares in single precision, decides the same */
  constructor(
    name: string,
    readonly edges: Float32Array,
  ) {
    this.feature = { name, type: 'number' };
  }

  binOf(value: RawValue): number {
    return this.search(Math.fround(numberOf(value, this.feature.name)));
  }

  encode(column: PlainColumn, bins: Uint8Array, start: number, stride: number): void {
    const { values } = column as Extract<PlainColumn, { type: 'number' }>;
    for (let row = 0; row < values.length; row++) bins[start + row * stride] = this.search(Math.fround(values[row]));
  }

  private search(value: number): number {
    if (Number.isNaN(value)) return MISSING_BIN;
    const { edges } = this;
    let low = 0;
    let high = edges.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (value <= edges[middle]) high = middle;
      else low = middle + 1;
    }
    return low + 1;
  }
}

/** Each category has a bin of its own; when there are more than bins, the rarest share the last one. */
export class CategoryBins implements FeatureBins {
  readonly feature: PlainFeature;
  private readonly bins: ReadonlyMap<string, number>;

  /** @param categories in the order of their bins; those beyond the last bin share it */
  constructor(
    name: string,
    readonly categories: readonly string[],
  ) {
    this.feature = { name, type: 'category' };
    this.bins = new Map(categories.map((category, position) => [category, Math.min(position + 1, VALUE_BINS)]));
  }

  binOf(value: RawValue): number {
    return value === null || value === undefined ? MISSING_BIN : (this.bins.get(String(value)) ?? MISSING_BIN);
  }

  encode(column: PlainColumn, bins: Uint8Array, start: number, stride: number): void {
    const { categories, codes } = column as Extract<PlainColumn, { type: 'category' }>;
    const binOfCode = Uint8Array.from(categories, (category) => this.binOf(category));
    for (let row = 0; row < codes.length; row++) {
      bins[start + row * stride] = codes[row] < 0 ? MISSING_BIN : binOfCode[codes[row]];
    }
  }
}

/** Chooses the bins of a feature from its training rows. */
export function binsFor(column: PlainColumn): FeatureBins {
  if (column.type === 'category') return new CategoryBins(column.name, byFrequency(column.categories, column.codes));
  return new NumberBins(column.name, quantileEdges(column.values));
}

/** Those that occur, the most frequent first; equals in order of name, so that the order of the dictionary leaves no trace. */
function byFrequency(categories: readonly string[], codes: Int32Array): string[] {
  const counts = new Map<string, number>();
  for (const code of codes) if (code >= 0) counts.set(categories[code], (counts.get(categories[code]) ?? 0) + 1);
  return [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).map(([category]) => category);
}

/**
 * Each distinct value has a bin of its own where that can be. Otherwise bins hold about equally many rows, and a value too
 * frequent for that has a bin to itself.
 * @returns the edges between the bins, one fewer than bins
 */
export function quantileEdges(values: Float64Array): Float32Array {
  const { distinct, counts } = countDistinct(sampleOf(values).sort());
  const edges: number[] = [];
  let left = counts.reduce((sum, count) => sum + count, 0);
  let held = 0;
  for (let i = 0; i + 1 < distinct.length && edges.length < VALUE_BINS - 1; i++) {
    held += counts[i];
    const share = distinct.length <= VALUE_BINS ? 0 : left / (VALUE_BINS - edges.length);
    if (held < share && counts[i + 1] < share) continue;
    edges.push(between(distinct[i], distinct[i + 1]));
    left -= held;
    held = 0;
  }
  return Float32Array.from(edges);
}

function countDistinct(sorted: Float32Array): { distinct: number[]; counts: number[] } {
  const distinct: number[] = [];
  const counts: number[] = [];
  for (const value of sorted) {
    if (value !== distinct.at(-1)) {
      distinct.push(value);
      counts.push(0);
    }
    counts[counts.length - 1]++;
  }
  return { distinct, counts };
}

function sampleOf(values: Float64Array): Float32Array {
  const step = Math.max(1, values.length / QUANTILE_SAMPLE);
  const sample = new Float32Array(Math.floor(values.length / step));
  let size = 0;
  for (let i = 0; i < sample.length; i++) {
    const value = values[Math.floor(i * step)];
    if (!Number.isNaN(value)) sample[size++] = value;
  }
  return sample.subarray(0, size);
}

/** The middle in single precision, or `low` where the two are neighbours or too far apart for a finite middle. */
function between(low: number, high: number): number {
  const middle = Math.fround(low / 2 + high / 2);
  return middle >= low && middle < high ? middle : low;
}
