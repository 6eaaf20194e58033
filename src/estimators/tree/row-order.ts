import type { Bag } from './bag.js';
import { BINS } from './feature-bins.js';
import { goesRight, isInSubset } from './rule.js';

/** The rows of a bag in an order in which those of a node stand together, each node's in ascending order. */
export class RowOrder {
  readonly rows: Int32Array;
  private readonly spill: Int32Array;
  /** By bin: 1 when its rows go right. */
  private readonly sides = new Uint8Array(BINS);

  constructor(
    private readonly bag: Bag,
    private readonly features: number,
  ) {
    this.rows = new Int32Array(bag.draws.length);
    this.spill = new Int32Array(bag.draws.length);
  }

  begin(): void {
    for (let i = 0; i < this.bag.size; i++) this.rows[i] = i;
  }

  /** Puts those that go left before those that go right. @returns where the right ones begin */
  partByNumber(from: number, to: number, feature: number, rule: number): number {
    for (let bin = 0; bin < BINS; bin++) this.sides[bin] = goesRight(rule, bin);
    return this.part(from, to, feature);
  }

  partBySubset(from: number, to: number, feature: number, subset: Uint32Array): number {
    for (let bin = 0; bin < BINS; bin++) this.sides[bin] = isInSubset(subset, 0, bin);
    return this.part(from, to, feature);
  }

  private part(from: number, to: number, feature: number): number {
    const { rows, spill, sides, features } = this;
    const { records } = this.bag;
    let left = from;
    let right = 0;
    // Both places are written every time: a branch that nobody can predict costs more than a store.
    for (let i = from; i < to; i++) {
      const row = rows[i];
      const side = sides[records[row * features + feature]];
      rows[left] = row;
      spill[right] = row;
      left += 1 - side;
      right += side;
    }
    for (let i = 0; i < right; i++) rows[left + i] = spill[i];
    return left;
  }
}
