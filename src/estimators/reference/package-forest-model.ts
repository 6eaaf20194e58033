import { likeliestClasses, noProbabilities } from '../class-vote.js';
import type { ClassLabel, FeatureColumn, Model, PlainFeature, Problem, RawValue } from '../estimator.types.js';
import { CorruptModelError } from '../estimators.errors.js';
import type { Term } from '../linear/design.js';
import { readTerms, scalesOf, stateOf } from '../linear/linear-file.js';
import { restore, type Scale } from '../linear/scale.js';
import { arrayOf, type ModelFile, writeModelFile } from '../model-file.js';
import { DenseRows } from './dense-rows.js';
import { ask, type PackageTrees, readTrees } from './package-trees.js';

export interface PackageForestParts {
  readonly problem: Problem;
  readonly features: readonly PlainFeature[];
  readonly classes: readonly ClassLabel[];
  readonly terms: readonly Term[];
  readonly trees: PackageTrees;
  /** By feature. */
  readonly gains: Float64Array;
  /** Of the target of a regression. */
  readonly response?: Scale;
}

/** The mean of its trees, or how many of them vote for a class. */
export class PackageForestModel implements Model {
  readonly estimator = 'ml_random_forest';
  readonly problem: Problem;
  readonly features: readonly PlainFeature[];
  readonly classes: readonly ClassLabel[];
  private readonly rows: DenseRows;

  constructor(private readonly parts: PackageForestParts) {
    ({ problem: this.problem, features: this.features, classes: this.classes } = parts);
    this.rows = new DenseRows(parts.features, parts.terms);
  }

  /** @throws {CorruptModelError} */
  static read(file: ModelFile): PackageForestModel {
    const { problem, features, classes } = file;
    const { terms, columns, response } = readTerms(file);
    const trees = readTrees(file, columns, classes.length);
    const gains = arrayOf(file, 'gains', 'float64', features.length);
    if (!gains.every((gain) => gain >= 0 && gain < Infinity)) throw new CorruptModelError('its gains are no numbers');
    return new PackageForestModel({ problem, features, classes, terms, trees, gains, response });
  }

  predict(rows: readonly (readonly RawValue[])[]): Float64Array {
    return this.answer(this.rows.ofRows(rows));
  }

  predictProbability(rows: readonly (readonly RawValue[])[]): Float64Array {
    return this.votes(this.rows.ofRows(rows));
  }

  predictColumns(columns: readonly FeatureColumn[]): Float64Array {
    return this.answer(this.rows.ofColumns(columns));
  }

  predictProbabilityColumns(columns: readonly FeatureColumn[]): Float64Array {
    return this.votes(this.rows.ofColumns(columns));
  }

  importances(): number[] {
    const { gains } = this.parts;
    const total = gains.reduce((sum, gain) => sum + gain, 0);
    return Array.from(gains, (gain) => (total > 0 ? gain / total : 0));
  }

  serialise(): Uint8Array {
    const { terms, trees, gains, response } = this.parts;
    return writeModelFile({
      estimator: this.estimator,
      problem: this.problem,
      features: [...this.features],
      classes: [...this.classes],
      state: stateOf(terms),
      arrays: { scales: scalesOf(terms, response), gains, ...trees },
    });
  }

  private answer(rows: readonly Float64Array[]): Float64Array {
    const { trees, response } = this.parts;
    if (!response) return likeliestClasses(this.votes(rows), this.classes.length);
    return Float64Array.from(rows, (row) => {
      const answers = ask(trees, row);
      return restore(answers.reduce((sum, value) => sum + value, 0) / answers.length, response);
    });
  }

  private votes(rows: readonly Float64Array[]): Float64Array {
    if (this.problem === 'regression') throw noProbabilities();
    const width = this.classes.length;
    const shares = new Float64Array(rows.length * width);
    rows.forEach((row, i) => {
      const answers = ask(this.parts.trees, row);
      for (const winner of answers) shares[i * width + winner] += 1 / answers.length;
    });
    return shares;
  }
}
