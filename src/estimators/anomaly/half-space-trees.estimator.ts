import { z } from 'zod';
import { Random } from '../random.js';
import type { Detector, Finding } from './anomaly.types.js';
import { defineDetector } from './define-detector.js';
import { layOut } from './detector-state.js';
import { NOTHING_KNOWN, scoreOf, written } from './finding.js';
import { cutHalfSpaces, type HalfSpaces, massOf } from './half-space-forest.js';

const MOST_LEAVES = 2 ** 20;

const HalfSpaceTreesParams = z
  .strictObject({
    trees: z.int().min(1).max(200).default(25),
    height: z.int().min(1).max(15).default(8),
    window: z
      .int()
      .min(10)
      .max(100_000)
      .default(250)
      .meta({ description: 'Observations of a window; the one before is what is compared with' }),
    limit: z
      .number()
      .min(1)
      .default(5)
      .meta({ description: 'An observation in a place that is so many times emptier than a usual one is an anomaly' }),
    seed: z.int().min(0).default(0),
  })
  .refine(({ trees, height }) => trees * 2 ** height <= MOST_LEAVES, {
    message: `is too high for so many trees: trees × 2^height is at most ${MOST_LEAVES}`,
    path: ['height'],
  });
type HalfSpaceTreesParams = z.output<typeof HalfSpaceTreesParams>;

/** Below this share of a window a node says too little to go on. The paper's size limit. */
const ENOUGH = 0.1;
/** The first window only shows where the values lie; room is left on both sides of what it showed. */
const ROOM = 0.5;

/** How empty the place of an observation is, among those of the last window: for several variables together. */
export const halfSpaceTrees = defineDetector({
  name: 'half_space_trees',
  description: 'Mass of the place of an observation of several variables, in trees that halve the space at random.',
  params: HalfSpaceTreesParams,
  takes: 'many',
  open: (params, inputs, state) => new HalfSpaceTrees(params, inputs, state),
});

class HalfSpaceTrees implements Detector {
  private readonly memory;
  private readonly spaces: HalfSpaces;
  private readonly point: Float64Array;

  constructor(
    private readonly params: HalfSpaceTreesParams,
    inputs: number,
    state?: Float64Array,
  ) {
    const { trees, height, seed } = params;
    const nodes = trees * (2 ** (height + 1) - 1);
    this.memory = layOut({ count: 1, usual: 1, low: inputs, high: inputs, reference: nodes, latest: nodes }, state);
    this.spaces = cutHalfSpaces(trees, height, inputs, new Random(seed, 0));
    this.point = new Float64Array(inputs);
    if (!state) {
      this.memory.at.low.fill(Infinity);
      this.memory.at.high.fill(-Infinity);
    }
  }

  observe(values: ArrayLike<number>): Finding {
    const { count } = this.memory.at;
    const window = Math.floor(count[0] / this.params.window);
    const finding = window === 0 ? this.survey(values) : this.judge(values, window);
    count[0]++;
    if (count[0] % this.params.window === 0) this.turn();
    return finding;
  }

  state(): Float64Array {
    return this.memory.all.slice();
  }

  private survey(values: ArrayLike<number>): Finding {
    const { low, high } = this.memory.at;
    for (let i = 0; i < low.length; i++) {
      low[i] = Math.min(low[i], values[i]);
      high[i] = Math.max(high[i], values[i]);
    }
    return NOTHING_KNOWN;
  }

  private judge(values: ArrayLike<number>, window: number): Finding {
    const { reference, latest, usual } = this.memory.at;
    this.place(values);
    const mass = massOf(this.spaces, this.point, reference, latest, ENOUGH * this.params.window);
    if (window === 1) return NOTHING_KNOWN;
    // In the first window that is compared, what is usual is the mean so far; later it moves with the windows.
    const seen = this.memory.at.count[0] - 2 * this.params.window;
    const surprise = seen < 10 ? 0 : usual[0] / mass;
    usual[0] += (mass - usual[0]) / Math.min(seen + 1, this.params.window);
    const score = scoreOf(surprise, this.params.limit);
    if (score < 0.5) return { score, expected: null, reason: '' };
    const place = `[${Array.from(values, written).join(', ')}]`;
    return { score, expected: null, reason: `${place} lies where observations are ${written(surprise)} times rarer than usual` };
  }

  private place(values: ArrayLike<number>): void {
    const { low, high } = this.memory.at;
    for (let i = 0; i < low.length; i++) {
      const width = (high[i] - low[i]) * (1 + 2 * ROOM) || 1;
      this.point[i] = (values[i] - low[i] + (high[i] - low[i]) * ROOM) / width;
    }
  }

  private turn(): void {
    const { reference, latest } = this.memory.at;
    reference.set(latest);
    latest.fill(0);
  }
}
