import type { Random } from '../random.js';
import type { ForestTask } from './forest-task.js';

/**
 * The rows that one tree was dealt: drawn with replacement, each kept once with the number of its draws. Its memory is used
 * again for the next tree.
 */
export class Bag {
  size = 0;
  /** By row of the bag: how often it was drawn. */
  readonly draws: Float64Array;
  readonly targets: Float64Array;
  /** Row-major, unlike the table: at a small node all bins of a row lie in one cache line. */
  readonly records: Uint8Array;
  private readonly counts: Uint32Array;
  /** By class, where the classes have weights. */
  private readonly rowsOfClass: readonly Int32Array[];
  private readonly tableRows: Int32Array;

  constructor(private readonly task: ForestTask) {
    const capacity = Math.min(task.rows, task.growth.draws);
    this.draws = new Float64Array(capacity);
    this.targets = new Float64Array(capacity);
    this.records = new Uint8Array(capacity * task.categorical.length);
    this.counts = new Uint32Array(task.rows);
    this.rowsOfClass = task.classWeights.map((_, k) => Int32Array.from(rowsOf(task.target, k)));
    this.tableRows = new Int32Array(capacity);
  }

  draw(random: Random): void {
    const { rows, target } = this.task;
    this.counts.fill(0);
    if (this.rowsOfClass.length > 0) this.drawByClass(random);
    else this.drawEvenly(random);
    this.size = 0;
    for (let row = 0; row < rows; row++) {
      if (this.counts[row] === 0) continue;
      this.draws[this.size] = this.counts[row];
      this.targets[this.size] = target[row];
      this.tableRows[this.size++] = row;
    }
    this.copyRecords();
  }

  private drawEvenly(random: Random): void {
    const { rows, growth } = this.task;
    for (let i = 0; i < growth.draws; i++) this.counts[random.below(rows)]++;
  }

  /** First a class, by the weight of all its rows, then one of its rows. */
  private drawByClass(random: Random): void {
    const { classWeights, growth } = this.task;
    const masses = this.rowsOfClass.map(({ length }, k) => length * classWeights[k]);
    const total = masses.reduce((sum, mass) => sum + mass, 0);
    // Rounding may leave a rest after the last class: it must not fall to one without rows.
    const last = masses.findLastIndex((mass) => mass > 0);
    for (let i = 0; i < growth.draws; i++) {
      let left = random.fraction() * total;
      let k = 0;
      while (k < last && left >= masses[k]) left -= masses[k++];
      const rows = this.rowsOfClass[k];
      this.counts[rows[random.below(rows.length)]]++;
    }
  }

  private copyRecords(): void {
    const { rows, bins, categorical } = this.task;
    const features = categorical.length;
    const { records, tableRows, size } = this;
    for (let feature = 0; feature < features; feature++) {
      const column = feature * rows;
      for (let i = 0; i < size; i++) records[i * features + feature] = bins[column + tableRows[i]];
    }
  }
}

function* rowsOf(target: Float64Array, k: number): Generator<number> {
  for (let row = 0; row < target.length; row++) if (target[row] === k) yield row;
}
