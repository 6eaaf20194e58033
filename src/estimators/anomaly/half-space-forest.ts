import type { Random } from '../random.js';

/** Perfect binary trees, one behind the other, each node's children at 2i + 1 and 2i + 2. */
export interface HalfSpaces {
  readonly trees: number;
  readonly height: number;
  readonly inputs: Uint16Array;
  readonly thresholds: Float64Array;
}

/**
 * Cuts a work space at random, without a look at the data: S. C. Tan, K. M. Ting and T. F. Liu, "Fast Anomaly Detection for Streaming
 * Data" (2011), algorithm 1. Inputs are taken to lie between 0 and 1, and those that do not are still cut about.
 */
export function cutHalfSpaces(trees: number, height: number, inputs: number, random: Random): HalfSpaces {
  const inner = 2 ** height - 1;
  const spaces = { trees, height, inputs: new Uint16Array(trees * inner), thresholds: new Float64Array(trees * inner) };
  for (let tree = 0; tree < trees; tree++) {
    const centres = Float64Array.from({ length: inputs }, () => random.fraction());
    const reach = centres.map((centre) => 2 * Math.max(centre, 1 - centre));
    cut(spaces, tree * inner, 0, { low: centres.map((c, i) => c - reach[i]), high: centres.map((c, i) => c + reach[i]) }, random);
  }
  return spaces;
}

interface Box {
  readonly low: Float64Array;
  readonly high: Float64Array;
}

function cut(spaces: HalfSpaces, base: number, node: number, { low, high }: Box, random: Random): void {
  if (node >= 2 ** spaces.height - 1) return;
  const input = random.below(low.length);
  const threshold = (low[input] + high[input]) / 2;
  spaces.inputs[base + node] = input;
  spaces.thresholds[base + node] = threshold;
  cut(spaces, base, 2 * node + 1, { low, high: high.with(input, threshold) }, random);
  cut(spaces, base, 2 * node + 2, { low: low.with(input, threshold), high }, random);
}

/**
 * Walks a point down every tree, and counts it in each node it passes.
 * @param reference counts of the window before @param latest counts of this one, raised by one @param enough a node with fewer ends the walk
 * @returns the sum over the trees of (count + ½) × 2^depth of the node where the walk ended: the less, the emptier the place. The half is
 * not in the paper: with it a place where nothing was is the emptier the larger it is, and not as empty as any other
 */
export function massOf(
  { trees, height, inputs, thresholds }: HalfSpaces,
  point: ArrayLike<number>,
  reference: Float64Array,
  latest: Float64Array,
  enough: number,
): number {
  const inner = 2 ** height - 1;
  const nodes = 2 * inner + 1;
  let mass = 0;
  for (let tree = 0; tree < trees; tree++) {
    const [cuts, counts] = [tree * inner, tree * nodes];
    let [node, weight, ended] = [0, 1, false];
    for (let depth = 0; ; depth++) {
      latest[counts + node]++;
      const held = reference[counts + node];
      if (!ended && (held < enough || depth === height)) {
        mass += (held + 0.5) * weight;
        ended = true;
      }
      if (depth === height) break;
      node = 2 * node + 1 + (point[inputs[cuts + node]] < thresholds[cuts + node] ? 0 : 1);
      weight *= 2;
    }
  }
  return mass;
}
