import type { Tree } from './forest-task.js';
import { inBlocks } from './node-order.js';
import { LEAF, SUBSET_WORDS, subsetRule } from './rule.js';

/** Takes down the nodes of a tree as they are settled. Its memory is used again for the next tree. */
export class TreeBuilder {
  private size = 0;
  private readonly nodes: Int32Array;
  private readonly values: Float64Array;
  private distributions: number[] = [];
  private subsets: number[] = [];
  private readonly gains: Float64Array;

  constructor(leaves: number, features: number) {
    const most = 2 * leaves - 1;
    this.nodes = new Int32Array(2 * most);
    this.values = new Float64Array(most);
    this.gains = new Float64Array(features);
  }

  /** @returns the root of a new tree */
  begin(): number {
    this.size = 1;
    this.distributions = [];
    this.subsets = [];
    this.gains.fill(0);
    return 0;
  }

  leaf(node: number, value: readonly number[]): void {
    this.nodes[2 * node] = LEAF;
    this.nodes[2 * node + 1] = node;
    if (value.length === 1) {
      this.values[node] = value[0];
      return;
    }
    this.values[node] = this.distributions.length / value.length;
    this.distributions.push(...value);
  }

  /** @returns the left child; the right one follows it */
  split(node: number, rule: number, feature: number, gain: number): number {
    const left = this.size;
    this.size += 2;
    this.nodes[2 * node] = rule;
    this.nodes[2 * node + 1] = left;
    this.values[node] = 0;
    this.gains[feature] += gain;
    return left;
  }

  /** @returns the rule that sends these bins right */
  subset(feature: number, right: Uint32Array): number {
    const index = this.subsets.length / SUBSET_WORDS;
    this.subsets.push(feature, ...right);
    return subsetRule(index);
  }

  finish(): Tree {
    return inBlocks({
      nodes: this.nodes.subarray(0, 2 * this.size),
      values: this.values.subarray(0, this.size),
      distributions: Float64Array.from(this.distributions),
      subsets: Uint32Array.from(this.subsets),
      gains: this.gains.slice(),
    });
  }
}
