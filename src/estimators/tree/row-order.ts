import type { Bag } from './bag.js';
import { goesRight, isInSubset } from './rule.js';

/** The rows of a bag in an order in which those of a node stand together, each node's in ascending order. */
export class RowOrder {
  readonly rows: Int32Array;
  private readonly spill: Int32Array;

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
    const { rows, spill, features } = this;
    const { records } = this.bag;
    let left = from;
    let right = 0;
    // Both places are written every time: a branch that nobody can predict costs more than a store.
    for (let i = from; i < to; i++) {
      const row = rows[i];
      const side = goesRight(rule, records[row * features + feature]);
      rows[left] = row;
      spill[right] = row;
      left += 1 - side;
      right += side;
    }
    return this.append(left, right);
  }

  partBySubset(from: number, to: number, feature: number, subset: Uint32Array): number {
    const { rows, spill, features } = this;
    const { records } = this.bag;
    let left = from;
    let right = 0;
    for (let i = from; i < to; i++) {
      const row = rows[i];
      const side = isInSubset(subset, 0, records[row * features + feature]);
      rows[left] = row;
      spill[right] = row;
      left += 1 - side;
      right += side;
    }
    return this.append(left, right);
  }

  private append(start: number, count: number): number {
    for (let i = 0; i < count; i++) this.rows[start + i] = this.spill[i];
    return start;
  }
}
