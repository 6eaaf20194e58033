import { likeliestClasses, noProbabilities } from '../class-vote.js';
import type { ClassLabel, FeatureColumn, Model, PlainFeature, Problem, RawValue } from '../estimator.types.js';
import { assertRowLengths, columnsOf, rowsOf } from '../feature-input.js';
import type { FeatureBins } from '../tree/feature-bins.js';
import type { Forest } from './forest.js';
import { writeForest } from './forest-file.js';
import { meanOfTrees } from './mean-of-trees.js';

export interface ForestParts {
  readonly problem: Problem;
  readonly features: readonly PlainFeature[];
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
  readonly features: readonly PlainFeature[];
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
    const { forest, bins, scale } = this.parts;
    return meanOfTrees(forest, records, bins.length).map((value) => value * scale);
  }

  private probabilities(records: Uint8Array): Float64Array {
    if (this.problem === 'regression') throw noProbabilities();
    const { forest, bins } = this.parts;
    const means = meanOfTrees(forest, records, bins.length);
    if (forest.width > 1) return means;
    const both = new Float64Array(2 * means.length);
    means.forEach((second, row) => {
      both[2 * row] = 1 - second;
      both[2 * row + 1] = second;
    });
    return both;
  }
}
