import type { Series } from './corpus.js';

/** What an alarm in time is worth, and what a missed window and a false alarm cost. */
export interface Profile {
  readonly tp: number;
  readonly fn: number;
  readonly fp: number;
}

/** The benchmark's application profiles. */
export const PROFILES = {
  standard: { tp: 1, fn: 1, fp: 0.11 },
  reward_low_FP_rate: { tp: 1, fn: 1, fp: 0.22 },
  reward_low_FN_rate: { tp: 1, fn: 2, fp: 0.11 },
} as const satisfies Record<string, Profile>;

export interface Scored {
  readonly series: Series;
  /** One for each row, from 0 to 1. */
  readonly scores: Float64Array;
}

export interface Verdict {
  /** A row is an alarm when its score is not below. */
  readonly threshold: number;
  /** 0 for the detector that says nothing, 100 for the perfect one. */
  readonly score: number;
  readonly windows: number;
  readonly found: number;
  readonly falseAlarms: number;
}

interface Point {
  readonly score: number;
  readonly worth: number;
  /** Index of the labelled window; −1 outside of all. */
  readonly window: number;
}

const PROBATION = 0.15;
/** Probation does not grow with series longer than this. */
const PROBATION_ROWS = 5000;

/**
 * Lavin and Ahmad, "Evaluating Real-time Anomaly Detection Algorithms" (2015): in each labelled window the alarm that is worth most
 * counts, the earlier the more, on a sigmoid; alarms outside cost the more the farther they are behind a window. One threshold serves
 * the whole corpus: the best one, or the one given.
 */
export function judge(corpus: readonly Scored[], profile: Profile, threshold?: number): Verdict {
  const points: Point[] = [];
  let windows = 0;
  for (const { series, scores } of corpus) {
    points.push(...pointsOf(series, scores, profile, windows));
    windows += series.windows.length;
  }
  points.sort((a, b) => b.score - a.score);
  return sweep(points, windows, profile, threshold);
}

function pointsOf({ values, windows }: Series, scores: Float64Array, { tp, fp }: Profile, firstWindow: number): Point[] {
  const rows = values.length;
  const probation = Math.min(Math.floor(PROBATION * rows), PROBATION * PROBATION_ROWS);
  const points: Point[] = [];
  let behind = -1;
  for (let row = 0; row < rows; row++) {
    const window = windows.findIndex(([from, to]) => from <= row && row <= to);
    if (row >= probation) {
      const worth = window >= 0 ? tp * worthInside(windows[window], row) : fp * worthBehind(windows[behind], row);
      points.push({ score: scores[row], worth, window: window < 0 ? -1 : firstWindow + window });
    }
    if (window >= 0) behind = window;
  }
  return points;
}

const worthInside = ([from, to]: readonly [number, number], row: number): number =>
  scaledSigmoid(-(to - row + 1) / (to - from + 1)) / scaledSigmoid(-1);

function worthBehind(window: readonly [number, number] | undefined, row: number): number {
  if (!window) return -1;
  const position = (row - window[1]) / (window[1] - window[0]);
  return position > 3 ? -1 : scaledSigmoid(position);
}

const scaledSigmoid = (position: number): number => 2 / (1 + Math.exp(5 * position)) - 1;

/** Lowers the threshold past one score after the other. */
function sweep(points: readonly Point[], windows: number, { tp, fn }: Profile, fixed: number | undefined): Verdict {
  // A window that ends within the probation can neither be found nor missed, but the perfect detector would have found it.
  const reachable = new Set(points.map(({ window }) => window).filter((window) => window >= 0));
  const worths = new Map([...reachable].map((window) => [window, -fn]));
  const nothing = -fn * reachable.size;
  const normalised = (sum: number): number => (100 * (sum - nothing)) / (windows * tp - nothing);
  const found = new Set<number>();
  let [sum, falseAlarms] = [nothing, 0];
  let best: Verdict = { threshold: 1.1, score: 0, windows, found: 0, falseAlarms: 0 };
  for (const [i, { score, worth, window }] of points.entries()) {
    if (fixed !== undefined && score < fixed) break;
    const known = worths.get(window);
    if (known === undefined) falseAlarms++;
    else found.add(window);
    const gain = known === undefined ? worth : Math.max(0, worth - known);
    if (known !== undefined) worths.set(window, known + gain);
    sum += gain;
    const isLast = points[i + 1]?.score !== score;
    if (isLast && (fixed !== undefined || normalised(sum) > best.score)) {
      best = { threshold: fixed ?? score, score: normalised(sum), windows, found: found.size, falseAlarms };
    }
  }
  return best;
}
