import type { Bag } from './bag.js';
import { BINS, MISSING_BIN } from './feature-bins.js';

/** Nodes of so few rows keep them sorted; others count them by bin, as a histogram of few rows is mostly empty. */
export const FEW_ROWS = 512;

/**
 * The share of what all groups together gain on pure noise that is still gained when they are sorted by target and parted in two:
 * the squared mean of a half normal. For each category beyond two it is taken off the gain, else a feature of three hundred
 * categories wins wherever there is nothing to be won.
 */
const SHARE_OF_LUCK = 2 / Math.PI;

/**
 * What a node knows of its rows by bin, and how good a cut between bins would be. One instance serves one node after the other
 * and one feature after the other: `begin…` says which node, `look…` which feature the next calls are about.
 */
export abstract class SplitStatistics {
  /** Draws that each side of a cut has at least. */
  minDraws = 1;

  /** Rows of the node, and their draws. */
  size = 0;
  draws = 0;

  /** Whether the feature has one bin only here, and whether it is missing in some rows. */
  isConstant = false;
  hasMissing = false;

  /** The cut that was found: its gain, or −1 when there was none; the draws on its left. */
  gain = -1;
  drawsLeft = 0;
  /** Of a number: the last bin on its left. */
  cutBin = 0;
  /** Of categories: the bins that occur, of which those before `cut` are on its left. */
  readonly bins = new Uint8Array(BINS);
  listed = 0;
  cut = 0;

  /** The rows of the node: those from `from` up to, and without, `from + size`. */
  protected rows: Int32Array = new Int32Array(0);
  protected from = 0;

  private histogram: Float64Array = new Float64Array(0);
  private readonly byBin: Float64Array;
  private readonly positions = new Uint8Array(BINS);
  private few: Int32Array = new Int32Array(0);
  private firstOfFew = 0;
  private readonly fewRows = new Int32Array(FEW_ROWS);

  /** @param width numbers kept for a bin */
  constructor(
    protected readonly bag: Bag,
    protected readonly features: number,
    readonly width: number,
  ) {
    this.byBin = new Float64Array(BINS * width);
  }

  /** Reads the targets of the whole bag. */
  abstract read(): void;

  /** Adds rows to a histogram of all features: features × bins × width. */
  abstract addRows(histogram: Float64Array, rows: Int32Array, from: number, to: number): void;

  /** A node of which there is a histogram. */
  beginCounted(histogram: Float64Array, rows: Int32Array, from: number, to: number): void {
    this.histogram = histogram;
    this.beginNode(rows, from, to);
    this.addUpCounted(histogram);
  }

  lookCounted(feature: number): void {
    this.listBins(this.histogram, feature * BINS * this.width);
  }

  /** A node of which there is none. */
  beginUncounted(rows: Int32Array, from: number, to: number): void {
    this.beginNode(rows, from, to);
    this.addUp();
  }

  lookUncounted(feature: number): void {
    this.byBin.fill(0);
    this.addFeature(this.byBin, feature);
    this.listBins(this.byBin, 0);
  }

  /** Adds up the targets of the node: from the rows, or from its histogram. */
  protected abstract addUp(): void;
  protected abstract addUpCounted(histogram: Float64Array): void;

  /** Adds the rows of the node to a histogram of one feature: bins × width. */
  protected abstract addFeature(byBin: Float64Array, feature: number): void;

  /** Lists the bins that occur. @param start where those of the feature begin */
  protected abstract listBins(histogram: Float64Array, start: number): void;

  /** Reads the targets of few rows. */
  readFew(rows: Int32Array, from: number, to: number): void {
    this.few = rows;
    this.firstOfFew = from;
    this.readFewTargets(rows, from, to);
  }

  protected abstract readFewTargets(rows: Int32Array, from: number, to: number): void;

  /** A node among the few rows that were read last: those in a part of any of their lists. */
  beginFew(list: Int32Array, from: number, to: number): void {
    const { few, firstOfFew, fewRows } = this;
    for (let i = from; i < to; i++) fewRows[i - from] = few[firstOfFew + (list[i] & 0xffff)];
    this.beginNode(fewRows, 0, to - from);
    this.addUpFew(list, from, to);
  }

  /** @returns the row of the bag */
  protected fewRow(number: number): number {
    return this.few[this.firstOfFew + number];
  }

  protected abstract addUpFew(list: Int32Array, from: number, to: number): void;

  /** @param list of the feature, sorted by bin */
  abstract lookFew(list: Int32Array, from: number, to: number): void;

  protected beginNode(rows: Int32Array, from: number, to: number): void {
    this.rows = rows;
    this.from = from;
    this.size = to - from;
  }

  isPure(): boolean {
    const { targets } = this.bag;
    const { rows, from, size } = this;
    const first = targets[rows[from]];
    for (let i = from + 1; i < from + size; i++) if (targets[rows[i]] !== first) return false;
    return true;
  }

  /**
   * Finds the best cut between the bins of a number that leaves enough draws on both sides.
   * @param missingLeft whether missing is the least bin, or else the greatest
   * @param bar what it has to gain more than: with a high bar the search seldom changes its mind, which is what takes time
   */
  abstract findNumberCut(missingLeft: boolean, bar: number): void;

  /** The same for categories, which are put in order of target first. What luck alone would gain is taken off the gain. */
  findSubsetCut(bar: number): void {
    this.sortByTarget();
    const luck = SHARE_OF_LUCK * (this.listed - 2) * this.noise();
    this.cutBins(0, Math.max(0, bar) + luck);
    if (this.gain >= 0) this.gain -= luck;
  }

  /** Lists the bins of the feature in such an order that a cut of it is a good way to part them in two. */
  protected abstract sortByTarget(): void;

  /** Finds the best cut of the list. @param first the bins before it are on the right of every cut */
  protected abstract cutBins(first: number, bar: number): void;

  /**
   * What parting one more group off gains when the target is pure noise: its variance, times the draws that a mean draw shares
   * its row with, as a row that was drawn twice says the same thing twice.
   */
  protected abstract noise(): number;

  /** To be called when the bins are listed. */
  protected describeList(): void {
    this.isConstant = this.listed < 2;
    this.hasMissing = this.bins[0] === MISSING_BIN;
  }

  /** @returns the positions of the list in ascending order of their keys, equals as they stood */
  protected sortedPositions(keys: Float64Array): Uint8Array {
    const { positions } = this;
    for (let i = 0; i < this.listed; i++) {
      const key = keys[i];
      let at = i;
      for (; at > 0 && keys[positions[at - 1]] > key; at--) positions[at] = positions[at - 1];
      positions[at] = i;
    }
    return positions;
  }

  /** The mean of the target; or the probability of the second of two classes; or that of each class. */
  abstract leaf(): readonly number[];
}
