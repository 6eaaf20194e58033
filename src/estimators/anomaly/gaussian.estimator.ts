import { z } from 'zod';
import type { Detector, Finding } from './anomaly.types.js';
import { defineDetector } from './define-detector.js';
import { layOut } from './detector-state.js';
import { deviations, NOTHING_KNOWN, scoreOf, written } from './finding.js';

const GaussianParams = z.strictObject({
  window: z.int().min(10).max(100_000).default(1000).meta({ description: 'Values that it looks back on' }),
  limit: z
    .number()
    .positive()
    .default(5)
    .meta({ description: 'Powers of ten: 5 means that one value in 100,000 would be so far out by chance' }),
  floor: z.number().min(0).default(0).meta({ description: 'The least standard deviation that is assumed' }),
});
type GaussianParams = z.output<typeof GaussianParams>;

/** How unlikely a value is under the normal distribution of the last ones: minus the decimal logarithm of its tail on both sides. */
export const gaussian = defineDetector({
  name: 'gaussian',
  description: 'Likelihood under the normal distribution of a window of values.',
  params: GaussianParams,
  takes: 'one',
  open: (params, _inputs, state) => new WindowedGaussian(params, state),
});

class WindowedGaussian implements Detector {
  private readonly memory;

  constructor(
    private readonly params: GaussianParams,
    state?: Float64Array,
  ) {
    this.memory = layOut({ count: 1, mean: 1, squares: 1, window: params.window }, state);
  }

  observe({ 0: value }: ArrayLike<number>): Finding {
    const { count, mean, squares } = this.memory.at;
    const held = Math.min(count[0], this.params.window);
    const scale = Math.max(Math.sqrt(squares[0] / held), this.params.floor);
    const expected = mean[0];
    const finding = held < 10 ? NOTHING_KNOWN : this.judge(value, expected, scale);
    this.learn(value);
    return finding;
  }

  state(): Float64Array {
    return this.memory.all.slice();
  }

  private judge(value: number, expected: number, scale: number): Finding {
    const surprise = -logTail(deviations(value - expected, scale));
    const score = scoreOf(surprise, this.params.limit);
    if (score < 0.5) return { score, expected, reason: '' };
    const chance =
      surprise === Infinity ? 'there has never been another value' : `one in 10^${written(surprise)} would be so by chance`;
    return { score, expected, reason: `${written(value)} is far from the mean of ${written(expected)}: ${chance}` };
  }

  /** Welford's sums of the window; reckoned anew each time it is full again, so that roundings cannot add up. */
  private learn(value: number): void {
    const { count, mean, squares, window } = this.memory.at;
    const at = count[0] % window.length;
    const [before, old] = [Math.min(count[0], window.length), window[at]];
    window[at] = value;
    count[0]++;
    if (at === window.length - 1) return this.reckon();
    const change = before < window.length ? (value - mean[0]) / (before + 1) : (value - old) / before;
    const last = mean[0];
    mean[0] += change;
    if (before < window.length) squares[0] += (value - last) * (value - mean[0]);
    else squares[0] = Math.max(0, squares[0] + (value - old) * (value - mean[0] + old - last));
  }

  private reckon(): void {
    const { mean, squares, window } = this.memory.at;
    const middle = window.reduce((sum, value) => sum + value / window.length, 0);
    mean[0] = middle;
    squares[0] = window.reduce((sum, value) => sum + (value - middle) ** 2, 0);
  }
}

/**
 * log₁₀ of the share of a normal distribution that is at least so many deviations out, on either side. Chernoff-like bounds meet the
 * tail well beyond any limit; nearer, Abramowitz and Stegun 26.2.17.
 */
function logTail(z: number): number {
  if (z > 6) return -(z * z) / (2 * Math.LN10) - Math.log10(z * Math.sqrt(Math.PI / 2)) + Math.log10(1 - 1 / (z * z));
  const t = 1 / (1 + 0.2316419 * z);
  const series = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return Math.log10(Math.min(1, series * Math.exp((-z * z) / 2) * Math.sqrt(2 / Math.PI)));
}
