import { likeliestClasses, noProbabilities } from '../class-vote.js';
import type { ClassLabel, Feature, FeatureColumn, Model, Problem, RawValue } from '../estimator.types.js';
import { assertRowLengths, columnsOf, rowsOf } from '../feature-input.js';
import type { FeatureBins } from '../tree/feature-bins.js';
import type { Forest } from './forest.js';
import { writeForest } from './forest-file.js';
import { walk } from './walk.js';

/** Rows whose bins and leaves stay in the cache while the trees pass over them. */
const BLOCK_ROWS = 2 ** 16;

/** Up to here rows go through the trees one by one, each through several trees at once. */
const FEW_ROWS = 7;

export interface ForestParts {
  readonly problem: Problem;
  readonly features: readonly Feature[];
  readonly classes: readonly ClassLabel[];
  /** In the order that the trees know the features in: by name. */
  readonly bins: readonly FeatureBins[];
  readonly forest: Forest;
  /** What the values of the leaves are multiplied with. */
  readonly scale: number;
}

/** The mean of its trees. */
export class ForestModel implements Model {
  readonly estimator = 'random_forest';
  readonly problem: Problem;
  readonly features: readonly Feature[];
  readonly classes: readonly ClassLabel[];
  /** By feature of the trees: its place in a row of the caller. */
  private readonly places: readonly number[];

  constructor(private readonly parts: ForestParts) {
    ({ problem: this.problem, features: this.features, classes: this.classes } = parts);
    this.places = parts.bins.map(({ feature }) => parts.features.findIndex(({ name }) => name === feature.name));
  }

  predict(rows: readonly (readonly RawValue[])[]): Float64Array {
    return this.answer(this.encodeRows(rows));
  }

  predictProbability(rows: readonly (readonly RawValue[])[]): Float64Array {
    return this.probabilities(this.encodeRows(rows));
  }

  predictColumns(columns: readonly FeatureColumn[]): Float64Array {
    return this.answer(this.encodeColumns(columns));
  }

  predictProbabilityColumns(columns: readonly FeatureColumn[]): Float64Array {
    return this.probabilities(this.encodeColumns(columns));
  }

  importances(): number[] {
    const { gains } = this.parts.forest;
    const total = gains.reduce((sum, gain) => sum + gain, 0);
    return this.features.map((_, place) => (total > 0 ? gains[this.places.indexOf(place)] / total : 0));
  }

  serialise(): Uint8Array {
    return writeForest(this.estimator, this.parts);
  }

  private encodeRows(rows: readonly (readonly RawValue[])[]): Uint8Array {
    assertRowLengths(rows, this.features);
    const { bins } = this.parts;
    const records = new Uint8Array(rows.length * bins.length);
    let at = 0;
    for (const row of rows) {
      for (let feature = 0; feature < bins.length; feature++) records[at++] = bins[feature].binOf(row[this.places[feature]]);
    }
    return records;
  }

  private encodeColumns(columns: readonly FeatureColumn[]): Uint8Array {
    const { bins } = this.parts;
    const ours = columnsOf(this.features, columns);
    const records = new Uint8Array(rowsOf(ours) * bins.length);
    bins.forEach((each, feature) => each.encode(ours[this.places[feature]], records, feature, bins.length));
    return records;
  }

  private answer(records: Uint8Array): Float64Array {
    if (this.problem === 'classification') return likeliestClasses(this.probabilities(records), this.classes.length);
    return this.meanOfTrees(records).map((value) => value * this.parts.scale);
  }

  private probabilities(records: Uint8Array): Float64Array {
    if (this.problem === 'regression') throw noProbabilities();
    const means = this.meanOfTrees(records);
    if (this.parts.forest.width > 1) return means;
    const both = new Float64Array(2 * means.length);
    means.forEach((second, row) => {
      both[2 * row] = 1 - second;
      both[2 * row + 1] = second;
    });
    return both;
  }

  /** @returns rows × width */
  private meanOfTrees(records: Uint8Array): Float64Array {
    const { forest, bins } = this.parts;
    const rows = records.length / bins.length;
    const sums = new Float64Array(rows * forest.width);
    if (rows <= FEW_ROWS) {
      for (let row = 0; row < rows; row++) addRow(forest, records.subarray(row * bins.length), sums, row);
    } else {
      for (let row = 0; row < rows; row += BLOCK_ROWS) {
        addBlock(forest, records.subarray(row * bins.length), bins.length, sums.subarray(row * forest.width));
      }
    }
    const trees = forest.roots.length;
    for (let i = 0; i < sums.length; i++) sums[i] /= trees;
    return sums;
  }
}

function addRow(forest: Forest, record: Uint8Array, sums: Float64Array, row: number): void {
  const leaves = forest.roots.slice();
  walk(forest, leaves, record, 0);
  for (const leaf of leaves) addLeaf(forest, leaf, sums, row);
}

/** Adds what the trees say of the rows that `sums` begins with, as many as belong in a block. */
function addBlock(forest: Forest, records: Uint8Array, stride: number, sums: Float64Array): void {
  const leaves = new Int32Array(Math.min(BLOCK_ROWS, sums.length / forest.width));
  for (const root of forest.roots) {
    walk(forest, leaves.fill(root), records, stride);
    for (let row = 0; row < leaves.length; row++) addLeaf(forest, leaves[row], sums, row);
  }
}

function addLeaf({ values, distributions, width }: Forest, leaf: number, sums: Float64Array, row: number): void {
  const value = values[leaf];
  if (width === 1) sums[row] += value;
  else for (let k = 0; k < width; k++) sums[row * width + k] += distributions[value * width + k];
}
