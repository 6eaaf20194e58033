import { likeliestClasses, noProbabilities } from '../class-vote.js';
import type { ClassLabel, FeatureColumn, Model, PlainFeature, Problem, RawValue } from '../estimator.types.js';
import { assertRowLengths, columnsOf, numberOf, rowsOf } from '../feature-input.js';
import type { Term } from './design.js';
import { writeLinear } from './linear-file.js';
import { restore, type Scale, standardise } from './scale.js';

export interface LinearParts {
  readonly estimator: string;
  readonly problem: Problem;
  readonly features: readonly PlainFeature[];
  readonly classes: readonly ClassLabel[];
  readonly terms: readonly Term[];
  /** Columns × outputs, row-major: one output for a number or for two classes, else one a class. */
  readonly weights: Float64Array;
  readonly intercepts: Float64Array;
  /** By term: how far it moves the answer, one standard deviation of the training rows. */
  readonly strengths: Float64Array;
  /** Of the target; for a classification nothing is to be restored. */
  readonly response?: Scale;
}

/** An intercept and a weighted sum: as it is for a regression, through the logistic function or softmax for classes. */
export class LinearModel implements Model {
  readonly estimator: string;
  readonly problem: Problem;
  readonly features: readonly PlainFeature[];
  readonly classes: readonly ClassLabel[];
  /** By term: its place in a row of the caller. */
  private readonly places: readonly number[];

  constructor(private readonly parts: LinearParts) {
    ({ estimator: this.estimator, problem: this.problem, features: this.features, classes: this.classes } = parts);
    this.places = parts.terms.map(({ feature }) => parts.features.findIndex(({ name }) => name === feature.name));
  }

  predict(rows: readonly (readonly RawValue[])[]): Float64Array {
    return this.answer(this.scoreRows(rows));
  }

  predictProbability(rows: readonly (readonly RawValue[])[]): Float64Array {
    return this.probabilities(this.scoreRows(rows));
  }

  predictColumns(columns: readonly FeatureColumn[]): Float64Array {
    return this.answer(this.scoreColumns(columns));
  }

  predictProbabilityColumns(columns: readonly FeatureColumn[]): Float64Array {
    return this.probabilities(this.scoreColumns(columns));
  }

  importances(): number[] {
    const { strengths } = this.parts;
    const total = strengths.reduce((sum, strength) => sum + strength, 0);
    return this.features.map((_, place) => (total > 0 ? strengths[this.places.indexOf(place)] / total : 0));
  }

  serialise(): Uint8Array {
    return writeLinear(this.parts);
  }

  private scoreRows(rows: readonly (readonly RawValue[])[]): Float64Array {
    assertRowLengths(rows, this.features);
    const scores = this.beginScores(rows.length);
    this.parts.terms.forEach((term, t) => {
      const place = this.places[t];
      rows.forEach((row, i) => this.addTerm(term, row[place], scores, i));
    });
    return scores;
  }

  private scoreColumns(columns: readonly FeatureColumn[]): Float64Array {
    const ours = columnsOf(this.features, columns);
    const scores = this.beginScores(rowsOf(ours));
    this.parts.terms.forEach((term, t) => {
      const column = ours[this.places[t]];
      if (column.type === 'number') column.values.forEach((value, i) => this.addTerm(term, value, scores, i));
      else term.levels?.encode(column).forEach((position, i) => this.addWeights(term.at + position, 1, scores, i));
    });
    return scores;
  }

  private beginScores(rows: number): Float64Array {
    const { intercepts } = this.parts;
    const scores = new Float64Array(rows * intercepts.length);
    for (let at = 0; at < scores.length; at += intercepts.length) scores.set(intercepts, at);
    return scores;
  }

  private addTerm({ feature, at, scale, levels }: Term, value: RawValue, scores: Float64Array, row: number): void {
    if (scale) this.addWeights(at, standardise(numberOf(value, feature.name), scale), scores, row);
    else this.addWeights(at + levels.positionOf(value), 1, scores, row);
  }

  private addWeights(column: number, value: number, scores: Float64Array, row: number): void {
    const { weights, intercepts } = this.parts;
    const width = intercepts.length;
    for (let k = 0; k < width; k++) scores[row * width + k] += value * weights[column * width + k];
  }

  private answer(scores: Float64Array): Float64Array {
    const { response } = this.parts;
    if (response) return scores.map((score) => restore(score, response));
    return likeliestClasses(this.probabilities(scores), this.classes.length);
  }

  private probabilities(scores: Float64Array): Float64Array {
    if (this.problem === 'regression') throw noProbabilities();
    const width = this.parts.intercepts.length;
    if (width > 1) return softmax(scores, width);
    const both = new Float64Array(2 * scores.length);
    scores.forEach((score, row) => both.set(softmaxOfTwo(score), 2 * row));
    return both;
  }
}

/** Each computed from its own side: 1 − p would lose the digits of a p near 1. */
const softmaxOfTwo = (score: number): [number, number] => [1 / (1 + Math.exp(score)), 1 / (1 + Math.exp(-score))];

/** In place. The largest score is taken away first, so that no power overflows. */
export function softmax(scores: Float64Array, width: number): Float64Array {
  for (let start = 0; start < scores.length; start += width) {
    let largest = -Infinity;
    for (let k = 0; k < width; k++) largest = Math.max(largest, scores[start + k]);
    let sum = 0;
    for (let k = 0; k < width; k++) sum += scores[start + k] = Math.exp(scores[start + k] - largest);
    for (let k = 0; k < width; k++) scores[start + k] /= sum;
  }
  return scores;
}
