import { noProbabilities } from '../class-vote.js';
import type { FeatureColumn, Model, PlainFeature, RawValue } from '../estimator.types.js';
import { CorruptModelError } from '../estimators.errors.js';
import type { Term } from '../linear/design.js';
import { readTerms, scalesOf, stateOf } from '../linear/linear-file.js';
import { restore, type Scale } from '../linear/scale.js';
import { arrayOf, type ModelFile, writeModelFile } from '../model-file.js';
import { DenseRows } from './dense-rows.js';
import { countMonomials, type Monomials, monomialsOf, valueOf } from './monomials.js';

export const MOST_DEGREE = 5;

export interface PolynomialParts {
  readonly features: readonly PlainFeature[];
  readonly terms: readonly Term[];
  readonly degree: number;
  readonly intercept: number;
  /** Of the monomials, then of the levels. */
  readonly weights: Float64Array;
  /** By feature: how far it moves the answer. */
  readonly strengths: Float64Array;
  readonly response: Scale;
}

/** Products of the numbers' powers, each with a weight, and a weight for each level of a category. */
export class PolynomialModel implements Model {
  readonly estimator = 'polynomial_regression';
  readonly problem = 'regression';
  readonly classes = [];
  readonly features: readonly PlainFeature[];
  private readonly rows: DenseRows;
  private readonly monomials: Monomials;
  private readonly numbers: number;

  constructor(private readonly parts: PolynomialParts) {
    this.features = parts.features;
    this.rows = new DenseRows(parts.features, parts.terms);
    this.numbers = numbersOf(parts.terms);
    this.monomials = monomialsOf(this.numbers, parts.degree);
  }

  /** @throws {CorruptModelError} */
  static read(file: ModelFile): PolynomialModel {
    const { features } = file;
    const { terms, columns, response } = readTerms(file);
    const [degree] = arrayOf(file, 'degree', 'int32', 1);
    if (!response || degree < 1 || degree > MOST_DEGREE) throw new CorruptModelError('it is no polynomial');
    const numbers = numbersOf(terms);
    const weights = arrayOf(file, 'weights', 'float64', countMonomials(numbers, degree) + columns - numbers);
    const [intercept] = arrayOf(file, 'intercept', 'float64', 1);
    const strengths = arrayOf(file, 'strengths', 'float64', features.length);
    const finite = [...weights, intercept, ...strengths].every(Number.isFinite);
    if (!finite || strengths.some((strength) => strength < 0)) throw new CorruptModelError('its coefficients are no numbers');
    return new PolynomialModel({ features, terms, degree, intercept, weights, strengths, response });
  }

  predict(rows: readonly (readonly RawValue[])[]): Float64Array {
    return this.answer(this.rows.ofRows(rows));
  }

  predictProbability(): Float64Array {
    throw noProbabilities();
  }

  predictColumns(columns: readonly FeatureColumn[]): Float64Array {
    return this.answer(this.rows.ofColumns(columns));
  }

  predictProbabilityColumns(): Float64Array {
    throw noProbabilities();
  }

  importances(): number[] {
    const { strengths } = this.parts;
    const total = strengths.reduce((sum, strength) => sum + strength, 0);
    return Array.from(strengths, (strength) => (total > 0 ? strength / total : 0));
  }

  serialise(): Uint8Array {
    const { terms, response, degree, intercept, weights, strengths } = this.parts;
    return writeModelFile({
      estimator: this.estimator,
      problem: this.problem,
      features: [...this.features],
      classes: [],
      state: stateOf(terms),
      arrays: {
        scales: scalesOf(terms, response),
        degree: Int32Array.of(degree),
        intercept: Float64Array.of(intercept),
        weights,
        strengths,
      },
    });
  }

  private answer(rows: readonly Float64Array[]): Float64Array {
    return Float64Array.from(rows, (row) => restore(this.score(row), this.parts.response));
  }

  private score(row: Float64Array): number {
    const { intercept, weights } = this.parts;
    let sum = intercept;
    this.monomials.forEach((factors, i) => (sum += weights[i] * valueOf(factors, row)));
    const levels = this.monomials.length - this.numbers;
    for (let column = this.numbers; column < row.length; column++) sum += weights[levels + column] * row[column];
    return sum;
  }
}

const numbersOf = (terms: readonly Term[]): number => terms.filter(({ scale }) => scale).length;
