import type { Random } from '../random.js';
import { BINS } from './feature-bins.js';
import type { ForestTask } from './forest-task.js';
import type { SplitStatistics } from './split-statistics.js';

/** The best way found to part the rows of a node. There is one, written over for every node. */
export class Split {
  /** Negative when nothing parts the node. */
  gain = -1;
  feature = 0;
  drawsLeft = 0;
  /** Of a number: the last bin on the left, and whether missing goes left too. */
  cut = 0;
  missingLeft = false;
  /** Of categories: one bit for each bin that goes right. */
  readonly right = new Uint32Array(BINS / 32);
}

/** Tries features in random order until enough of them were not constant. */
export class SplitSearch {
  readonly split = new Split();
  private readonly candidates: Int32Array;

  constructor(
    private readonly task: ForestTask,
    private readonly statistics: SplitStatistics,
  ) {
    this.candidates = new Int32Array(task.categorical.length);
  }

  /** Forgets the order in which the last tree left the features. */
  begin(): void {
    for (let feature = 0; feature < this.candidates.length; feature++) this.candidates[feature] = feature;
  }

  /**
   * Leaves the best split in `split`. Of equals it is the one that was tried first.
   * @param look turns the statistics to a feature
   */
  find(random: Random, look: (feature: number) => void): void {
    const { candidates, statistics, split } = this;
    const { categorical, growth } = this.task;
    split.gain = -1;
    let tried = 0;
    for (let i = 0; i < candidates.length && tried < growth.maxFeatures; i++) {
      const pick = i + random.below(candidates.length - i);
      const feature = candidates[pick];
      candidates[pick] = candidates[i];
      candidates[i] = feature;
      look(feature);
      if (statistics.isConstant) continue;
      tried++;
      if (categorical[feature]) this.trySubset(feature);
      else this.tryNumber(feature);
      // There is one way to part two rows: whoever sees a difference finds it.
      if (statistics.size === 2) break;
    }
  }

  private tryNumber(feature: number): void {
    const { split, statistics } = this;
    statistics.findNumberCut(true, split.gain);
    // Where nothing is missing, what is missing later goes with most rows.
    if (statistics.gain >= 0) this.keepNumber(feature, statistics.hasMissing || 2 * statistics.drawsLeft >= statistics.draws);
    if (!statistics.hasMissing) return;
    statistics.findNumberCut(false, split.gain);
    if (statistics.gain >= 0) this.keepNumber(feature, false);
  }

  private keepNumber(feature: number, missingLeft: boolean): void {
    const { split, statistics } = this;
    split.feature = feature;
    split.gain = statistics.gain;
    split.drawsLeft = statistics.drawsLeft;
    split.cut = statistics.cutBin;
    split.missingLeft = missingLeft;
  }

  private trySubset(feature: number): void {
    const { split, statistics } = this;
    statistics.findSubsetCut(split.gain);
    if (statistics.gain < 0) return;
    split.feature = feature;
    split.gain = statistics.gain;
    split.drawsLeft = statistics.drawsLeft;
    this.markRight();
  }

  /** A bin that does not occur in the node goes where most rows went. */
  private markRight(): void {
    const { bins, cut, listed, drawsLeft, draws } = this.statistics;
    const { right } = this.split;
    right.fill(2 * drawsLeft >= draws ? 0 : 0xffffffff);
    for (let i = 0; i < listed; i++) {
      const bit = 1 << (bins[i] & 31);
      if (i < cut) right[bins[i] >>> 5] &= ~bit;
      else right[bins[i] >>> 5] |= bit;
    }
  }
}
