import { MultivariateLinearRegression } from 'ml-regression';
import { z } from 'zod';
import type { Estimator } from '../estimator.js';
import type { FitOptions, PlainSet, Target } from '../estimator.types.js';
import { UntrainableError } from '../estimators.errors.js';
import { type Design, designOf, sharesOf } from '../linear/design.js';
import { measureTerm } from '../linear/fit-linear.js';
import { scaleOf, standardise } from '../linear/scale.js';
import { denseRows } from './dense-rows.js';
import { countMonomials, type Monomials, monomialsOf, valueOf } from './monomials.js';
import { MOST_DEGREE, PolynomialModel } from './polynomial-model.js';

/** The package holds the loop while it decomposes a matrix of so many columns: some seconds. */
const MOST_TERMS = 300;
const MOST_PRODUCTS = 5e8;

/** Of one row: the package works on lists of lists, and copies them. */
const BYTES_PER_TERM = 90;

const PolynomialParams = z.strictObject({
  degree: z.int().min(1).max(MOST_DEGREE).default(2).meta({
    description: 'The highest sum of powers in a product: 2 has squares and pairs of numbers beside the numbers themselves',
  }),
});
type PolynomialParams = z.infer<typeof PolynomialParams>;

/** Curves by least squares, solved by the package ml-regression. */
export const polynomialRegression: Estimator<PolynomialParams> = {
  name: 'polynomial_regression',
  problems: ['regression'],
  description:
    'Least squares on powers and products of the numbers, solved by the package ml-regression, for up to 300 of them: smooth curves of few features. A missing number counts as the mean. Categories add a level each; missing and unseen ones, and those beyond the 255 most frequent, share one.',
  params: PolynomialParams,
  fit: fitPolynomial,
  load: (file) => PolynomialModel.read(file),
  ownBytes: ({ rows, numbers, categories }, { degree }) =>
    rows * (countMonomials(numbers, Number(degree)) + categories) * BYTES_PER_TERM,
};

async function fitPolynomial(set: PlainSet, { degree }: PolynomialParams, options: FitOptions): Promise<PolynomialModel> {
  const design = designOf(set);
  const { values } = set.target as Extract<Target, { problem: 'regression' }>;
  const numbers = design.terms.filter(({ scale }) => scale).length;
  assertSmall(set.rows, countMonomials(numbers, degree) + design.columns - numbers);
  const monomials = monomialsOf(numbers, degree);
  const response = scaleOf(values);
  const { weights, intercept } = solve(
    design,
    monomials,
    values.map((value) => standardise(value, response)),
  );
  const model = new PolynomialModel({
    features: set.features.map(({ name, type }) => ({ name, type })),
    strengths: strengthsOf(set, design, monomials, weights),
    weights: weights.raw,
    ...{ terms: design.terms, degree, intercept, response },
  });
  options.onProgress?.(1);
  return model;
}

function assertSmall(rows: number, terms: number): void {
  if (terms <= MOST_TERMS && rows * terms * terms <= MOST_PRODUCTS) return;
  throw new UntrainableError(
    `polynomial_regression takes ${MOST_TERMS} terms at most, and rows × terms² up to ${MOST_PRODUCTS}; these are ${rows} rows of ${terms} terms. Take a lower degree or fewer features, ridge, or random_forest.`,
  );
}

interface Weights {
  /** Of the monomials as they are, then of the levels. */
  readonly raw: Float64Array;
  /** Of the monomials, by a standard deviation of each. */
  readonly standardised: Float64Array;
}

/** The monomials go to the package in standard deviations: powers of very different size cost digits. */
function solve(design: Design, monomials: Monomials, target: Float64Array): { weights: Weights; intercept: number } {
  const rows = denseRows(design);
  const numbers = design.numbers.length / design.rows;
  const scales = monomials.map((factors) => scaleOf(Float64Array.from(rows, (row) => valueOf(factors, row))));
  const inputs = rows.map((row) => [
    ...monomials.map((factors, i) => standardise(valueOf(factors, row), scales[i])),
    ...row.subarray(numbers),
  ]);
  const outputs = Array.from(target, (value) => [value]);
  const solved = new MultivariateLinearRegression(inputs, outputs, { intercept: true, statistics: false }).weights;
  const found = solved.map(([weight]) => weight);
  let intercept = found.pop() ?? 0;
  const raw = Float64Array.from(found, (weight, i) => {
    const scale = scales[i];
    if (scale === undefined) return weight;
    if (scale.spread === 0) return 0;
    intercept -= (weight * scale.centre) / scale.spread;
    return weight / scale.spread / scale.unit;
  });
  return { weights: { raw, standardised: Float64Array.from(monomials, (_, i) => found[i]) }, intercept };
}

/** A product's share goes in equal parts to its factors. */
function strengthsOf({ features }: PlainSet, design: Design, monomials: Monomials, weights: Weights): Float64Array {
  const numbers = design.numbers.length / design.rows;
  const byTerm = new Float64Array(design.terms.length);
  monomials.forEach((factors, i) => {
    for (const factor of factors) byTerm[factor] += Math.abs(weights.standardised[i]) / factors.length;
  });
  const levels = weights.raw.subarray(monomials.length);
  const shares = sharesOf(design).subarray(numbers);
  design.terms.forEach((term, t) => {
    if (term.levels) byTerm[t] = measureTerm({ ...term, at: term.at - numbers }, levels, shares, { width: 1, k: 0 });
  });
  return Float64Array.from(features, ({ name }) => byTerm[design.terms.findIndex(({ feature }) => feature.name === name)]);
}
