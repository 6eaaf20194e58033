import type { Bag } from './bag.js';
import { BINS, MISSING_BIN } from './feature-bins.js';
import { FEW_ROWS, SplitStatistics } from './split-statistics.js';

/** Draws are counted above these bits, targets are summed below them. */
const UNIT = 2 ** 33;

/**
 * Draws of a bin and the sum of their targets.
 *
 * Where rows are many, both stand in one double, so that a row costs one addition a feature. Targets are whole numbers there, from
 * 0 to a maximum such that the sum over all draws stays below `UNIT`; with fewer than 2²⁰ draws everything stays below 2⁵³. Sums
 * are therefore exact, in whatever order, and so is a histogram that was got by subtraction. Where rows are few, and in the
 * leaves, targets are taken as they are.
 *
 * Two classes are the targets 0 and 1: Gini impurity is then twice the variance.
 */
export class MomentStatistics extends SplitStatistics {
  /** Of the targets of the node, and of each listed bin. */
  private sum = 0;
  private readonly binDraws = new Float64Array(BINS);
  private readonly binSums = new Float64Array(BINS);
  /** By row of the bag: draws × (`UNIT` + target in whole numbers). */
  private readonly packed: Float64Array;
  /** Whole numbers to one unit of the target: a power of two, so that the way back is exact. */
  private steps = 1;
  /** By number among few rows. */
  private readonly fewDraws = new Float64Array(FEW_ROWS);
  private readonly fewSums = new Float64Array(FEW_ROWS);
  /** The feature among few rows. Its bins are listed only if it is one of categories. */
  private list: Int32Array = new Int32Array(0);
  private listFrom = 0;
  private listTo = 0;
  private isListed = false;
  private readonly keys = new Float64Array(BINS);

  constructor(bag: Bag, features: number) {
    super(bag, features, 1);
    this.packed = new Float64Array(bag.draws.length);
  }

  read(): void {
    const { packed } = this;
    const { draws, targets, size } = this.bag;
    let lowest = Infinity;
    let highest = -Infinity;
    let total = 0;
    for (let row = 0; row < size; row++) {
      if (targets[row] < lowest) lowest = targets[row];
      if (targets[row] > highest) highest = targets[row];
      total += draws[row];
    }
    const steps = highest > lowest ? 2 ** Math.floor(Math.log2((UNIT / total - 1) / (highest - lowest))) : 1;
    for (let row = 0; row < size; row++) packed[row] = draws[row] * (UNIT + Math.floor((targets[row] - lowest) * steps + 0.5));
    this.steps = steps;
  }

  addRows(histogram: Float64Array, rows: Int32Array, from: number, to: number): void {
    const { packed, features } = this;
    const { records } = this.bag;
    for (let i = from; i < to; i++) {
      const moments = packed[rows[i]];
      const start = rows[i] * features;
      for (let feature = 0, bins = 0; feature < features; feature++, bins += BINS) {
        histogram[bins + records[start + feature]] += moments;
      }
    }
  }

  protected addUpCounted(histogram: Float64Array): void {
    let moments = 0;
    for (let bin = 0; bin < BINS; bin++) moments += histogram[bin];
    this.unpackTotal(moments);
  }

  protected addUp(): void {
    const { packed, rows, from, size } = this;
    let moments = 0;
    for (let i = from; i < from + size; i++) moments += packed[rows[i]];
    this.unpackTotal(moments);
  }

  protected addFeature(byBin: Float64Array, feature: number): void {
    const { packed, rows, features } = this;
    const { records } = this.bag;
    const end = this.from + this.size;
    for (let i = this.from; i < end; i++) byBin[records[rows[i] * features + feature]] += packed[rows[i]];
  }

  private unpackTotal(moments: number): void {
    this.draws = Math.floor(moments / UNIT);
    this.sum = (moments - this.draws * UNIT) / this.steps;
  }

  protected listBins(histogram: Float64Array, start: number): void {
    const { bins, binDraws, binSums, steps } = this;
    let listed = 0;
    for (let bin = 0; bin < BINS; bin++) {
      const moments = histogram[start + bin];
      if (moments === 0) continue;
      const draws = Math.floor(moments * (1 / UNIT));
      bins[listed] = bin;
      binDraws[listed] = draws;
      binSums[listed++] = (moments - draws * UNIT) / steps;
    }
    this.listed = listed;
    this.isListed = true;
    this.describeList();
  }

  /** Around their mean: sums of differences lose no digits to what all targets have in common. */
  protected readFewTargets(rows: Int32Array, from: number, to: number): void {
    const { fewDraws, fewSums } = this;
    const { draws, targets } = this.bag;
    let mean = 0;
    for (let i = from; i < to; i++) mean += targets[rows[i]] / (to - from);
    for (let i = from; i < to; i++) {
      fewDraws[i - from] = draws[rows[i]];
      fewSums[i - from] = draws[rows[i]] * (targets[rows[i]] - mean);
    }
  }

  protected addUpFew(list: Int32Array, from: number, to: number): void {
    const { fewDraws, fewSums } = this;
    let draws = 0;
    let sum = 0;
    for (let i = from; i < to; i++) {
      draws += fewDraws[list[i] & 0xffff];
      sum += fewSums[list[i] & 0xffff];
    }
    this.draws = draws;
    this.sum = sum;
  }

  lookFew(list: Int32Array, from: number, to: number): void {
    this.list = list;
    this.listFrom = from;
    this.listTo = to;
    this.isListed = false;
    this.isConstant = list[from] >> 16 === list[to - 1] >> 16;
    this.hasMissing = list[from] >> 16 === MISSING_BIN;
  }

  private listFew(): void {
    const { list, listFrom, listTo, bins, binDraws, binSums, fewDraws, fewSums } = this;
    let last = -1;
    for (let i = listFrom; i < listTo; i++) {
      const bin = list[i] >> 16;
      if (last < 0 || bins[last] !== bin) {
        bins[++last] = bin;
        binDraws[last] = 0;
        binSums[last] = 0;
      }
      binDraws[last] += fewDraws[list[i] & 0xffff];
      binSums[last] += fewSums[list[i] & 0xffff];
    }
    this.listed = last + 1;
  }

  findNumberCut(missingLeft: boolean, bar: number): void {
    const isRight = this.hasMissing && !missingLeft;
    if (this.isListed) {
      this.cutBins(isRight ? 1 : 0, bar);
      this.cutBin = this.bins[this.cut - 1];
    } else {
      this.cutRows(isRight, bar);
    }
  }

  /** By mean: the best cut is then the best of all subsets (Fisher 1958). */
  protected sortByTarget(): void {
    if (!this.isListed) this.listFew();
    const { keys, listed, bins, binDraws, binSums } = this;
    for (let i = 0; i < listed; i++) keys[i] = binSums[i] / binDraws[i];
    const positions = this.sortedPositions(keys);
    const before = { bins: bins.slice(0, listed), draws: binDraws.slice(0, listed), sums: binSums.slice(0, listed) };
    for (let i = 0; i < listed; i++) {
      bins[i] = before.bins[positions[i]];
      binDraws[i] = before.draws[positions[i]];
      binSums[i] = before.sums[positions[i]];
    }
  }

  /** The squared error that a cut takes away is (sumₗ·n − sum·nₗ)² / (nₗ·nᵣ·n): candidates are compared without dividing. */
  protected cutBins(first: number, bar: number): void {
    const { binDraws, binSums, draws, sum, minDraws } = this;
    const most = draws - minDraws;
    const last = this.listed - 1;
    let bestAbove = bar * draws;
    let bestBelow = 1;
    let bestCut = -1;
    let bestDraws = 0;
    let drawsLeft = 0;
    let sumLeft = 0;
    for (let i = first; i < last; i++) {
      drawsLeft += binDraws[i];
      sumLeft += binSums[i];
      const difference = sumLeft * draws - sum * drawsLeft;
      const above = difference * difference;
      const below = drawsLeft * (draws - drawsLeft);
      if (above * bestBelow > bestAbove * below && drawsLeft >= minDraws && drawsLeft <= most) {
        bestAbove = above;
        bestBelow = below;
        bestCut = i + 1;
        bestDraws = drawsLeft;
      }
    }
    this.gain = bestCut < 0 ? -1 : bestAbove / bestBelow / draws;
    this.cut = bestCut;
    this.drawsLeft = bestDraws;
  }

  /** The same on the sorted rows themselves, where most bins hold one row: listing them first would cost more than the search. */
  private cutRows(missingRight: boolean, bar: number): void {
    const { list, listTo, fewDraws, fewSums, draws, sum, minDraws } = this;
    const most = draws - minDraws;
    let first = this.listFrom;
    if (missingRight) while (list[first] >> 16 === MISSING_BIN) first++;
    let bestAbove = bar * draws;
    let bestBelow = 1;
    let bestBin = -1;
    let bestDraws = 0;
    let drawsLeft = 0;
    let sumLeft = 0;
    let entry = list[first];
    for (let i = first + 1; i < listTo; i++) {
      drawsLeft += fewDraws[entry & 0xffff];
      sumLeft += fewSums[entry & 0xffff];
      const bin = entry >> 16;
      entry = list[i];
      if (entry >> 16 === bin) continue;
      const difference = sumLeft * draws - sum * drawsLeft;
      const above = difference * difference;
      const below = drawsLeft * (draws - drawsLeft);
      if (above * bestBelow > bestAbove * below && drawsLeft >= minDraws && drawsLeft <= most) {
        bestAbove = above;
        bestBelow = below;
        bestBin = bin;
        bestDraws = drawsLeft;
      }
    }
    this.gain = bestBin < 0 ? -1 : bestAbove / bestBelow / draws;
    this.cutBin = bestBin;
    this.drawsLeft = bestDraws;
  }

  protected noise(): number {
    const { rows, from, size, draws } = this;
    const { targets, draws: drawsOf } = this.bag;
    let sum = 0;
    let squares = 0;
    let squaredDraws = 0;
    for (let i = from; i < from + size; i++) {
      const times = drawsOf[rows[i]];
      const target = targets[rows[i]];
      sum += times * target;
      squares += times * target * target;
      squaredDraws += times * times;
    }
    return (Math.max(0, squares / draws - (sum / draws) ** 2) * squaredDraws) / draws;
  }

  leaf(): readonly number[] {
    const { rows, from, size, draws } = this;
    const { targets, draws: drawsOf } = this.bag;
    let sum = 0;
    for (let i = from; i < from + size; i++) sum += drawsOf[rows[i]] * targets[rows[i]];
    return [sum / draws];
  }
}
