import { z } from 'zod';
import type { Detector, Finding } from './anomaly.types.js';
import { defineDetector } from './define-detector.js';
import { layOut } from './detector-state.js';
import { deviations, findingOf, NOTHING_KNOWN } from './finding.js';

const RobustParams = z.strictObject({
  window: z.int().min(10).max(10_000).default(500).meta({ description: 'Values that it looks back on' }),
  limit: z.number().positive().default(6).meta({ description: 'Deviations from the median that are still usual' }),
  floor: z.number().min(0).default(0).meta({ description: 'The least deviation that is assumed, in the unit of the values' }),
  floor_share: z
    .number()
    .min(0)
    .max(100)
    .default(1)
    .meta({ description: 'The same, in mean distances of all values from their medians so far' }),
});
type RobustParams = z.output<typeof RobustParams>;

/** Makes the median absolute deviation of a normal distribution its standard deviation. */
const MAD_TO_DEVIATION = 1.4826;

/**
 * How far a value is from the median of the last ones, in their median absolute deviations. Outliers in the window hardly move it.
 * Where half of the window is one value that deviation is 0, and the least change would be infinitely far: hence the floors.
 */
export const robust = defineDetector({
  name: 'robust',
  description: 'Distance from the median of a window, in median absolute deviations, with a floor for flat stretches.',
  params: RobustParams,
  takes: 'one',
  open: (params, _inputs, state) => new RobustDistance(params, state),
});

class RobustDistance implements Detector {
  private readonly memory;

  constructor(
    private readonly params: RobustParams,
    state?: Float64Array,
  ) {
    this.memory = layOut({ count: 1, spread: 1, window: params.window, sorted: params.window }, state);
  }

  observe({ 0: value }: ArrayLike<number>): Finding {
    const { count, spread } = this.memory.at;
    const held = this.held();
    if (held.length < 10) {
      this.learn(value);
      return NOTHING_KNOWN;
    }
    const expected = medianOf(held);
    const { floor, floor_share, limit } = this.params;
    const scale = Math.max(MAD_TO_DEVIATION * deviationOf(held, expected), floor, floor_share * spread[0]);
    const finding = findingOf(value, expected, deviations(value - expected, scale), limit);
    spread[0] += (Math.abs(value - expected) - spread[0]) / (count[0] - 8);
    this.learn(value);
    return finding;
  }

  state(): Float64Array {
    return this.memory.all.slice();
  }

  private held(): Float64Array {
    const { count, sorted } = this.memory.at;
    return sorted.subarray(0, Math.min(count[0], sorted.length));
  }

  private learn(value: number): void {
    const { count, window, sorted } = this.memory.at;
    const at = count[0] % window.length;
    let length = this.held().length;
    if (length === window.length) {
      const old = placeOf(sorted, length, window[at]);
      sorted.copyWithin(old, old + 1, length--);
    }
    const place = placeOf(sorted, length, value);
    sorted.copyWithin(place + 1, place, length);
    sorted[place] = value;
    window[at] = value;
    count[0]++;
  }
}

/** The first place whose number is not less. */
function placeOf(sorted: Float64Array, length: number, value: number): number {
  let [low, high] = [0, length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

const medianOf = (sorted: Float64Array): number => (sorted[(sorted.length - 1) >>> 1] + sorted[sorted.length >>> 1]) / 2;

/** The median distance from the median: of two ascending runs, one to each side, the nearer half is walked through. */
function deviationOf(sorted: Float64Array, median: number): number {
  let right = placeOf(sorted, sorted.length, median);
  let left = right - 1;
  let distance = 0;
  for (let taken = 0; taken <= (sorted.length - 1) >>> 1; taken++) {
    const [below, above] = [
      left < 0 ? Infinity : median - sorted[left],
      right < sorted.length ? sorted[right] - median : Infinity,
    ];
    distance = Math.min(below, above);
    if (below <= above) left--;
    else right++;
  }
  return distance;
}
