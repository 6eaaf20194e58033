import type { Random } from '../random.js';
import type { Bag } from './bag.js';
import type { ForestTask } from './forest-task.js';
import { numberRule } from './rule.js';
import { SortedRows } from './sorted-rows.js';
import type { SplitSearch } from './split-search.js';
import type { SplitStatistics } from './split-statistics.js';
import type { TreeBuilder } from './tree-builder.js';

interface PendingNode {
  readonly node: number;
  readonly depth: number;
  /** Where its rows stand in every list. */
  readonly from: number;
  readonly to: number;
}

/** Grows what is below a node of few rows, on lists that are sorted once. */
export class SubtreeGrower {
  private readonly sorted: SortedRows;
  private readonly pending: PendingNode[] = [];
  private from = 0;
  private to = 0;

  constructor(
    private readonly task: ForestTask,
    bag: Bag,
    private readonly statistics: SplitStatistics,
    private readonly search: SplitSearch,
    private readonly builder: TreeBuilder,
  ) {
    this.sorted = new SortedRows(bag, task.categorical.length);
  }

  /** @param rows of which those of the node are the ones from `from` up to, and without, `to` */
  grow(rows: Int32Array, { node, depth, from, to }: PendingNode, random: Random): void {
    this.statistics.readFew(rows, from, to);
    this.sorted.begin(rows, from, to);
    this.pending.push({ node, depth, from: 0, to: to - from });
    for (let next = this.pending.pop(); next; next = this.pending.pop()) this.visit(next, random);
  }

  private visit(next: PendingNode, random: Random): void {
    const { statistics, search, sorted } = this;
    const { node, depth, from, to } = next;
    statistics.beginFew(sorted.lists[0], from, to);
    if (depth >= this.task.growth.maxDepth || statistics.draws < 2 * statistics.minDraws || statistics.isPure()) {
      this.builder.leaf(node, statistics.leaf());
      return;
    }
    this.from = from;
    this.to = to;
    search.find(random, this.look);
    if (search.split.gain < 0) this.builder.leaf(node, statistics.leaf());
    else this.part(next);
  }

  private isEnd(rows: number, draws: number): boolean {
    return rows === 1 || draws < 2 * this.statistics.minDraws;
  }

  private settle(node: number, list: Int32Array, from: number, to: number): void {
    this.statistics.beginFew(list, from, to);
    this.builder.leaf(node, this.statistics.leaf());
  }

  private readonly look = (feature: number): void => this.statistics.lookFew(this.sorted.lists[feature], this.from, this.to);

  private part({ node, depth, from, to }: PendingNode): void {
    const { sorted, builder } = this;
    const { feature, gain, drawsLeft, cut, missingLeft, right: subset } = this.search.split;
    const isSubset = this.task.categorical[feature];
    const rule = isSubset ? builder.subset(feature, subset) : numberRule(feature, cut, missingLeft);
    const middle = isSubset ? sorted.partBySubset(from, to, feature, subset) : sorted.partByNumber(from, to, feature, rule);
    const child = builder.split(node, rule, feature, gain);
    const drawsRight = this.statistics.draws - drawsLeft;
    const ends =
      depth + 1 >= this.task.growth.maxDepth || (this.isEnd(middle - from, drawsLeft) && this.isEnd(to - middle, drawsRight));
    if (ends) {
      // Most nodes end here: no other list is looked at again.
      this.settle(child, sorted.lists[feature], from, middle);
      this.settle(child + 1, sorted.lists[feature], middle, to);
      return;
    }
    sorted.partOthers(from, to, feature);
    this.pending.push(
      { node: child + 1, depth: depth + 1, from: middle, to },
      { node: child, depth: depth + 1, from, to: middle },
    );
  }
}
