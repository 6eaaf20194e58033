import type { ColumnProfile } from './profile.schema.js';

const MOST_BINS = 20;
const TOP = 10;

type Histogram = ColumnProfile['histogram'];
type Quantiles = ColumnProfile['quantiles'];

/** Milliseconds of a time in DuckDB's form, NaN when no number holds it. */
export function timeOf(text: string): number {
  const [, day, time = '00:00:00'] = /^([+-]?\d{4,6}-\d\d-\d\d)(?: (\d\d:\d\d:\d\d(?:\.\d{1,6})?)(?:\+00)?)?$/.exec(text) ?? [];
  return day === undefined ? NaN : Date.parse(`${day}T${time.slice(0, 12)}Z`);
}

/** None, or so far apart that no number holds the distance. */
const isBeyondNumbers = (sorted: Float64Array): boolean => !Number.isFinite(sorted[sorted.length - 1] - sorted[0]);

/** Between two values of the sample it goes in a straight line (type 7 of Hyndman and Fan). @param sorted ascending */
export function quantilesOf(sorted: Float64Array): Quantiles {
  if (isBeyondNumbers(sorted)) return null;
  const at = (share: number): number => {
    const place = share * (sorted.length - 1);
    const low = Math.floor(place);
    const next = sorted[Math.min(low + 1, sorted.length - 1)];
    return sorted[low] + (place - low) * (next - sorted[low]);
  };
  return { p05: at(0.05), p25: at(0.25), p50: at(0.5), p75: at(0.75), p95: at(0.95) };
}

/** @param sorted ascending @returns bins of one width, as many as Sturges' rule has them, at most twenty */
export function histogramOf(sorted: Float64Array): Histogram {
  if (isBeyondNumbers(sorted)) return null;
  const [least, most] = [sorted[0], sorted[sorted.length - 1]];
  if (least === most) return [{ from: least, to: most, count: sorted.length }];
  const bins = Math.min(MOST_BINS, Math.ceil(Math.log2(sorted.length)) + 1);
  const edge = (bin: number): number => (bin === bins ? most : least + (most - least) * (bin / bins));
  const counts = new Array<number>(bins).fill(0);
  for (const value of sorted) counts[Math.min(bins - 1, Math.floor(((value - least) / (most - least)) * bins))]++;
  return counts.map((count, bin) => ({ from: edge(bin), to: edge(bin + 1), count }));
}

/** The most frequent values, of equally frequent ones the first by name. */
export function topValuesOf(sample: readonly string[]): ColumnProfile['top_values'] {
  const counts = new Map<string, number>();
  for (const value of sample) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts]
    .sort(([a, counted], [b, other]) => other - counted || (a < b ? -1 : 1))
    .slice(0, TOP)
    .map(([value, count]) => ({ value, count, share: count / sample.length }));
}
