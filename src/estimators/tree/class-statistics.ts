import type { Bag } from './bag.js';
import { BINS } from './feature-bins.js';
import { principalDirection } from './principal-direction.js';
import { SplitStatistics } from './split-statistics.js';

/** Draws by bin and class, for three classes or more. */
export class ClassStatistics extends SplitStatistics {
  private readonly totals: Float64Array;
  private readonly left: Float64Array;
  /** Listed bins × classes. */
  private counts: Float64Array;
  private spare: Float64Array;

  /** @param width the classes */
  constructor(bag: Bag, features: number, width: number) {
    super(bag, features, width);
    this.totals = new Float64Array(width);
    this.left = new Float64Array(width);
    this.counts = new Float64Array(BINS * width);
    this.spare = new Float64Array(BINS * width);
  }

  read(): void {
    // Classes are counted as they are.
  }

  protected readFewTargets(): void {
    // Likewise.
  }

  addRows(histogram: Float64Array, rows: Int32Array, from: number, to: number): void {
    const { features, width } = this;
    const { records, targets, draws } = this.bag;
    for (let i = from; i < to; i++) {
      const row = rows[i];
      for (let feature = 0; feature < features; feature++) {
        histogram[(feature * BINS + records[row * features + feature]) * width + targets[row]] += draws[row];
      }
    }
  }

  protected addUpCounted(): void {
    this.addUp();
  }

  protected addUpFew(): void {
    this.addUp();
  }

  protected addUp(): void {
    const { rows, from, size, totals } = this;
    const { draws, targets } = this.bag;
    totals.fill(0);
    this.draws = 0;
    for (let i = from; i < from + size; i++) {
      totals[targets[rows[i]]] += draws[rows[i]];
      this.draws += draws[rows[i]];
    }
  }

  protected addFeature(byBin: Float64Array, feature: number): void {
    const { width, rows, features } = this;
    const { records, targets, draws } = this.bag;
    for (let i = this.from; i < this.from + this.size; i++) {
      const row = rows[i];
      byBin[records[row * features + feature] * width + targets[row]] += draws[row];
    }
  }

  protected listBins(histogram: Float64Array, start: number): void {
    const { bins, counts, width } = this;
    let listed = 0;
    for (let bin = 0; bin < BINS; bin++) {
      let draws = 0;
      for (let k = 0; k < width; k++) {
        const count = histogram[start + bin * width + k];
        counts[listed * width + k] = count;
        draws += count;
      }
      if (draws > 0) bins[listed++] = bin;
    }
    this.listed = listed;
    this.describeList();
  }

  lookFew(list: Int32Array, from: number, to: number): void {
    const { bins, counts, width } = this;
    const { targets, draws } = this.bag;
    let last = -1;
    for (let i = from; i < to; i++) {
      const bin = list[i] >> 16;
      if (last < 0 || bins[last] !== bin) {
        bins[++last] = bin;
        counts.fill(0, last * width, (last + 1) * width);
      }
      const row = this.fewRow(list[i] & 0xffff);
      counts[last * width + targets[row]] += draws[row];
    }
    this.listed = last + 1;
    this.describeList();
  }

  findNumberCut(missingLeft: boolean, bar: number): void {
    this.cutBins(this.hasMissing && !missingLeft ? 1 : 0, bar);
    this.cutBin = this.bins[this.cut - 1];
  }

  /** By the first principal component of the shares of the classes in each bin (Coppersmith, Hong and Hosking 1999). */
  protected sortByTarget(): void {
    const { counts, spare, width, listed, bins } = this;
    const positions = this.sortedPositions(principalDirection(counts.subarray(0, listed * width), width));
    const before = bins.slice(0, listed);
    for (let i = 0; i < listed; i++) {
      bins[i] = before[positions[i]];
      spare.set(counts.subarray(positions[i] * width, (positions[i] + 1) * width), i * width);
    }
    this.counts = spare;
    this.spare = counts;
  }

  /** Gini impurity falls by Σl²/l + Σr²/r − Σt²/t: counts of the classes, squared, over all draws of their side. */
  protected cutBins(first: number, bar: number): void {
    const { counts, totals, left, width, draws, minDraws } = this;
    const parent = this.purity();
    this.gain = -1;
    left.fill(0);
    let drawsLeft = 0;
    for (let i = first; i < this.listed - 1; i++) {
      let squaresLeft = 0;
      let squaresRight = 0;
      for (let k = 0; k < width; k++) {
        const count = counts[i * width + k];
        drawsLeft += count;
        left[k] += count;
        squaresLeft += left[k] * left[k];
        squaresRight += (totals[k] - left[k]) ** 2;
      }
      const drawsRight = draws - drawsLeft;
      if (drawsLeft < minDraws || drawsRight < minDraws) continue;
      const gain = Math.max(0, squaresLeft / drawsLeft + squaresRight / drawsRight - parent);
      if (gain <= Math.max(bar, this.gain)) continue;
      this.gain = gain;
      this.cut = i + 1;
      this.drawsLeft = drawsLeft;
    }
  }

  private purity(): number {
    return this.totals.reduce((squares, count) => squares + count * count, 0) / this.draws;
  }

  protected noise(): number {
    const { draws, rows } = this;
    let squaredDraws = 0;
    for (let i = this.from; i < this.from + this.size; i++) squaredDraws += this.bag.draws[rows[i]] ** 2;
    return ((1 - this.purity() / draws) * squaredDraws) / draws;
  }

  leaf(): readonly number[] {
    return Array.from(this.totals, (count) => count / this.draws);
  }
}
