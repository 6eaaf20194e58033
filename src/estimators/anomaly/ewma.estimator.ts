import { z } from 'zod';
import type { Detector, Finding } from './anomaly.types.js';
import { defineDetector } from './define-detector.js';
import { layOut } from './detector-state.js';
import { deviations, findingOf, NOTHING_KNOWN } from './finding.js';

const EwmaParams = z.strictObject({
  memory: z.number().min(2).max(1e6).default(100).meta({ description: 'Values that it looks back on, about' }),
  limit: z.number().positive().default(4).meta({ description: 'Standard deviations that are still usual' }),
  floor: z.number().min(0).default(0).meta({ description: 'A deviation smaller than this is never counted as more than one' }),
});
type EwmaParams = z.output<typeof EwmaParams>;

/** How far a value is from the exponentially weighted mean of those before it, in their weighted standard deviations. */
export const ewma = defineDetector({
  name: 'ewma',
  description: 'Distance from a moving mean that forgets exponentially, in standard deviations.',
  params: EwmaParams,
  takes: 'one',
  open: (params, _inputs, state) => new Ewma(params, state),
});

class Ewma implements Detector {
  private readonly memory;

  constructor(
    private readonly params: EwmaParams,
    state?: Float64Array,
  ) {
    this.memory = layOut({ count: 1, mean: 1, variance: 1 }, state);
  }

  observe({ 0: value }: ArrayLike<number>): Finding {
    const { count, mean, variance } = this.memory.at;
    const scale = Math.max(Math.sqrt(variance[0]), this.params.floor);
    const expected = mean[0];
    const finding =
      count[0] < Math.min(this.params.memory, 30)
        ? NOTHING_KNOWN
        : findingOf(value, expected, deviations(value - expected, scale), this.params.limit);
    this.learn(value);
    return finding;
  }

  state(): Float64Array {
    return this.memory.all.slice();
  }

  /** T. Finch, "Incremental calculation of weighted mean and variance" (2009), §9. */
  private learn(value: number): void {
    const { count, mean, variance } = this.memory.at;
    count[0]++;
    const weight = 1 / Math.min(count[0], this.params.memory);
    const step = weight * (value - mean[0]);
    variance[0] = (1 - weight) * (variance[0] + step * (value - mean[0]));
    mean[0] += step;
  }
}
