import { Random } from '../random.js';
import { Bag } from './bag.js';
import { ClassStatistics } from './class-statistics.js';
import { BINS } from './feature-bins.js';
import type { ForestTask, Tree } from './forest-task.js';
import { HistogramPool, subtract } from './histogram-pool.js';
import { MomentStatistics } from './moment-statistics.js';
import { RowOrder } from './row-order.js';
import { numberRule } from './rule.js';
import { SplitSearch } from './split-search.js';
import { FEW_ROWS, type SplitStatistics } from './split-statistics.js';
import { SubtreeGrower } from './subtree-grower.js';
import { TreeBuilder } from './tree-builder.js';

/** A histogram larger than this leaves the cache, and there are about twenty of them: such a task does without. */
const MOST_HISTOGRAM_BYTES = 4 * 2 ** 20;

/** A node whose rows are known and whose fate is not. */
interface PendingNode {
  readonly node: number;
  readonly depth: number;
  /** Its rows are those in the order from here up to, and without, `to`. */
  readonly from: number;
  readonly to: number;
  histogram?: Float64Array;
}

/** Grows the trees of a forest one by one. A tree is the same whoever grows it, and whatever was grown before it. */
export class TreeGrower {
  private readonly bag: Bag;
  private readonly order: RowOrder;
  private readonly statistics: SplitStatistics;
  private readonly search: SplitSearch;
  private readonly builder: TreeBuilder;
  private readonly subtrees: SubtreeGrower;
  private readonly histograms: HistogramPool;
  private readonly usesHistograms: boolean;
  private readonly pending: PendingNode[] = [];

  constructor(private readonly task: ForestTask) {
    const { classes, growth, categorical } = task;
    const features = categorical.length;
    this.bag = new Bag(task);
    this.order = new RowOrder(this.bag, features);
    this.statistics = classes > 2 ? new ClassStatistics(this.bag, features, classes) : new MomentStatistics(this.bag, features);
    this.search = new SplitSearch(task, this.statistics);
    this.builder = new TreeBuilder(Math.max(1, Math.min(task.rows, Math.floor(growth.draws / growth.minSamplesLeaf))), features);
    this.subtrees = new SubtreeGrower(task, this.bag, this.statistics, this.search, this.builder);
    const length = features * BINS * this.statistics.width;
    this.histograms = new HistogramPool(length);
    // A histogram counts all features: it pays where most of them are tried.
    this.usesHistograms = growth.maxFeatures * 2 > features && length * Float64Array.BYTES_PER_ELEMENT <= MOST_HISTOGRAM_BYTES;
  }

  grow(tree: number): Tree {
    const random = new Random(this.task.seed, tree);
    this.bag.draw(random);
    this.order.begin();
    this.search.begin();
    const { size } = this.bag;
    const { draws, minSamplesLeaf } = this.task.growth;
    this.statistics.minDraws = Math.floor((minSamplesLeaf * draws) / size);
    this.statistics.read();
    const root: PendingNode = { node: this.builder.begin(), depth: 0, from: 0, to: size };
    if (this.usesHistograms && !hasFewRows(root)) root.histogram = this.count(0, size);
    this.pending.push(root);
    for (let next = this.pending.pop(); next; next = this.pending.pop()) {
      if (hasFewRows(next)) this.subtrees.grow(this.order.rows, next, random);
      else this.visit(next, random);
    }
    return this.builder.finish();
  }

  private count(from: number, to: number): Float64Array {
    const histogram = this.histograms.take();
    this.statistics.addRows(histogram, this.order.rows, from, to);
    return histogram;
  }

  private visit(next: PendingNode, random: Random): void {
    const { statistics, search } = this;
    const { node, depth, from, to, histogram } = next;
    if (histogram) statistics.beginCounted(histogram, this.order.rows, from, to);
    else statistics.beginUncounted(this.order.rows, from, to);
    const isLeaf = depth >= this.task.growth.maxDepth || statistics.draws < 2 * statistics.minDraws || statistics.isPure();
    if (!isLeaf) search.find(random, histogram ? this.lookCounted : this.lookUncounted);
    if (!isLeaf && search.split.gain >= 0) {
      this.part(next);
      return;
    }
    this.builder.leaf(node, statistics.leaf());
    if (histogram) this.histograms.give(histogram);
  }

  private readonly lookCounted = (feature: number): void => this.statistics.lookCounted(feature);
  private readonly lookUncounted = (feature: number): void => this.statistics.lookUncounted(feature);

  private part({ node, depth, from, to, histogram }: PendingNode): void {
    const { feature, gain, cut, missingLeft, right: subset } = this.search.split;
    const isSubset = this.task.categorical[feature];
    const rule = isSubset ? this.builder.subset(feature, subset) : numberRule(feature, cut, missingLeft);
    const middle = isSubset
      ? this.order.partBySubset(from, to, feature, subset)
      : this.order.partByNumber(from, to, feature, rule);
    const child = this.builder.split(node, rule, feature, gain);
    const left: PendingNode = { node: child, depth: depth + 1, from, to: middle };
    const right: PendingNode = { node: child + 1, depth: depth + 1, from: middle, to };
    if (histogram) this.passOn(histogram, left, right);
    this.pending.push(right, left);
  }

  /** Counts the smaller child; the larger one is what is left of the parent. */
  private passOn(histogram: Float64Array, left: PendingNode, right: PendingNode): void {
    const [smaller, larger] = left.to - left.from < right.to - right.from ? [left, right] : [right, left];
    if (hasFewRows(larger)) {
      this.histograms.give(histogram);
      return;
    }
    const part = this.count(smaller.from, smaller.to);
    larger.histogram = subtract(histogram, part);
    if (hasFewRows(smaller)) this.histograms.give(part);
    else smaller.histogram = part;
  }
}

const hasFewRows = ({ from, to }: PendingNode): boolean => to - from <= FEW_ROWS;
