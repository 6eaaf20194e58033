import type { Bag } from './bag.js';
import { BINS } from './feature-bins.js';
import { goesRight, isInSubset } from './rule.js';
import { FEW_ROWS } from './split-statistics.js';

/**
 * Few rows, sorted by each feature at once: a list of entries a feature, in which the rows of a node stand together, sorted by bin.
 * Parting a node keeps the order, so that nothing is sorted again.
 */
export class SortedRows {
  readonly lists: readonly Int32Array[];
  private readonly ends = new Int32Array(BINS + 1);
  /** By number of a row: 1 when it goes right. */
  private readonly sides = new Uint8Array(FEW_ROWS);
  private readonly spill = new Int32Array(FEW_ROWS);

  constructor(
    private readonly bag: Bag,
    features: number,
  ) {
    this.lists = Array.from({ length: features }, () => new Int32Array(FEW_ROWS));
  }

  begin(rows: Int32Array, from: number, to: number): void {
    for (let feature = 0; feature < this.lists.length; feature++) this.sort(feature, rows, from, to);
  }

  /** Counting sort by bin. */
  private sort(feature: number, rows: Int32Array, from: number, to: number): void {
    const { ends } = this;
    const { records } = this.bag;
    const list = this.lists[feature];
    const features = this.lists.length;
    ends.fill(0);
    for (let i = from; i < to; i++) ends[records[rows[i] * features + feature] + 1]++;
    for (let bin = 0; bin < BINS; bin++) ends[bin + 1] += ends[bin];
    for (let i = from; i < to; i++) {
      const bin = records[rows[i] * features + feature];
      list[ends[bin]++] = (bin << 16) | (i - from);
    }
  }

  /** Parts the list of the feature alone. @returns where the right ones begin */
  partByNumber(from: number, to: number, feature: number, rule: number): number {
    const { sides } = this;
    const list = this.lists[feature];
    for (let i = from; i < to; i++) sides[list[i] & 0xffff] = goesRight(rule, list[i] >> 16);
    return this.part(list, from, to);
  }

  partBySubset(from: number, to: number, feature: number, subset: Uint32Array): number {
    const { sides } = this;
    const list = this.lists[feature];
    for (let i = from; i < to; i++) sides[list[i] & 0xffff] = isInSubset(subset, 0, list[i] >> 16);
    return this.part(list, from, to);
  }

  /** Parts the other lists as the one of this feature was. */
  partOthers(from: number, to: number, feature: number): void {
    for (let other = 0; other < this.lists.length; other++) if (other !== feature) this.part(this.lists[other], from, to);
  }

  private part(list: Int32Array, from: number, to: number): number {
    const { sides, spill } = this;
    let left = from;
    let right = 0;
    // Both places are written every time: a branch that nobody can predict costs more than a store.
    for (let i = from; i < to; i++) {
      const entry = list[i];
      const side = sides[entry & 0xffff];
      list[left] = entry;
      spill[right] = entry;
      left += 1 - side;
      right += side;
    }
    for (let i = 0; i < right; i++) list[left + i] = spill[i];
    return left;
  }
}
