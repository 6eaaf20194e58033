import type { ByteReader, ByteWriter } from '../../processing/bytes.js';
import type { Sketch } from './sketch.types.js';

/** About how many centroids there are at most; the rank of an answer is off by less than 1 % in the middle, far less at the ends. */
const COMPRESSION = 100;
/** Values that wait to be sorted in. */
const MOST_WAITING = 256;

/** Quantiles of numbers: the merging t-digest with the scale function k1 (Dunning and Ertl 2019, arXiv:1902.04023). */
export class TDigest implements Sketch<number> {
  private means: number[] = [];
  private weights: number[] = [];
  private waiting: number[] = [];
  private least = Infinity;
  private greatest = -Infinity;

  static read(from: ByteReader): TDigest {
    const digest = new TDigest();
    const centroids = from.count();
    for (let index = 0; index < centroids; index++) {
      digest.means.push(from.number());
      digest.weights.push(from.count());
    }
    const waiting = from.count();
    for (let index = 0; index < waiting; index++) digest.waiting.push(from.number());
    digest.least = from.number();
    digest.greatest = from.number();
    return digest;
  }

  add(value: number): void {
    this.waiting.push(value);
    if (value < this.least) this.least = value;
    if (value > this.greatest) this.greatest = value;
    if (this.waiting.length >= MOST_WAITING) this.sortIn();
  }

  merge(other: TDigest): void {
    this.least = Math.min(this.least, other.least);
    this.greatest = Math.max(this.greatest, other.greatest);
    this.sortIn(other.means, other.weights);
    for (const value of other.waiting) this.add(value);
  }

  /** As it stands: what is kept in between changes no answer. */
  write(to: ByteWriter): void {
    to.count(this.means.length);
    this.means.forEach((mean, index) => {
      to.number(mean);
      to.count(this.weights[index]);
    });
    to.count(this.waiting.length);
    for (const value of this.waiting) to.number(value);
    to.number(this.least);
    to.number(this.greatest);
  }

  /** @param share 0 to 1 @returns null when there were no values */
  result(share: number): number | null {
    const digest = this.sorted();
    if (digest.means.length === 0) return null;
    return digest.valueAt(share);
  }

  /** Asked or not, the next value finds the digest the same. */
  private sorted(): TDigest {
    if (this.waiting.length === 0) return this;
    const digest = new TDigest();
    [digest.least, digest.greatest] = [this.least, this.greatest];
    [digest.means, digest.weights, digest.waiting] = [this.means, this.weights, this.waiting];
    digest.sortIn();
    return digest;
  }

  /** Between the middles of two centroids values are spread evenly; a centroid of one value is that value. */
  private valueAt(share: number): number {
    const { means, weights } = this;
    const rank = share * sum(weights);
    let [place, value] = [0, this.least];
    for (const [index, mean] of means.entries()) {
      const middle = index === 0 && weights[0] === 1 ? 0.5 : this.middleOf(index);
      if (rank < middle) return value + ((mean - value) * (rank - place)) / (middle - place);
      [place, value] = [middle, mean];
    }
    const total = sum(weights);
    return rank >= total ? this.greatest : value + ((this.greatest - value) * (rank - place)) / (total - place);
  }

  private middleOf(index: number): number {
    let before = 0;
    for (let at = 0; at < index; at++) before += this.weights[at];
    return before + this.weights[index] / 2;
  }

  private sortIn(means: readonly number[] = [], weights: readonly number[] = []): void {
    const all = [
      ...this.means.map((mean, index) => ({ mean, weight: this.weights[index] })),
      ...means.map((mean, index) => ({ mean, weight: weights[index] })),
      ...this.waiting.map((mean) => ({ mean, weight: 1 })),
    ].sort((a, b) => a.mean - b.mean);
    [this.means, this.weights, this.waiting] = [[], [], []];
    if (all.length === 0) return;
    const total = all.reduce((weight, centroid) => weight + centroid.weight, 0);
    let [done, limit, current] = [0, shareAfter(0), all[0]];
    for (const next of all.slice(1)) {
      const weight = current.weight + next.weight;
      if ((done + weight) / total <= limit) {
        current = { mean: current.mean + ((next.mean - current.mean) * next.weight) / weight, weight };
        continue;
      }
      this.keep(current);
      done += current.weight;
      limit = shareAfter(done / total);
      current = next;
    }
    this.keep(current);
  }

  private keep({ mean, weight }: { mean: number; weight: number }): void {
    this.means.push(mean);
    this.weights.push(weight);
  }
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** Up to where a centroid may reach that begins at a share: one step of k1 further. */
function shareAfter(share: number): number {
  const step = (COMPRESSION / (2 * Math.PI)) * Math.asin(2 * share - 1) + 1;
  return step >= COMPRESSION / 4 ? 1 : (Math.sin((step * 2 * Math.PI) / COMPRESSION) + 1) / 2;
}
