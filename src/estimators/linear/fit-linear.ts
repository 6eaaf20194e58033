import type { FitOptions, PlainSet, Target } from '../estimator.types.js';
import { cellsOf, type Design, designOf, sharesOf, type Term } from './design.js';
import { solvingCost } from './least-squares.js';
import { LinearModel } from './linear-model.js';
import { type Moments, momentsOf } from './moments.js';
import { Pace } from './pace.js';
import { scaleOf, standardise } from './scale.js';

/** Finds the coefficients of the columns. */
export type Solver = (moments: Moments, pace: Pace) => Promise<Float64Array>;

/** Fits what needs no more of the rows than their moments: every linear model of a number with a squared error. */
export async function fitByMoments(estimator: string, set: PlainSet, solve: Solver, options: FitOptions): Promise<LinearModel> {
  const { values } = set.target as Extract<Target, { problem: 'regression' }>;
  const design = designOf(set);
  const response = scaleOf(values);
  const pace = new Pace(options, (design.rows * cellsOf(design) ** 2) / 2 + solvingCost(design.columns));
  const moments = await momentsOf(
    design,
    values.map((value) => standardise(value, response)),
    pace,
  );
  const weights = await solve(moments, pace);
  let intercept = 0;
  weights.forEach((weight, column) => (intercept -= weight * moments.means[column]));
  const model = assemble(estimator, set, design, { weights, intercepts: Float64Array.of(intercept) }, response);
  pace.finish();
  return model;
}

/** Makes the model of what was found, and measures its terms. */
export function assemble(
  estimator: string,
  { features, target }: PlainSet,
  design: Design,
  { weights, intercepts }: { weights: Float64Array; intercepts: Float64Array },
  response?: ReturnType<typeof scaleOf>,
): LinearModel {
  const { terms } = design;
  const shares = sharesOf(design);
  const strengths = new Float64Array(terms.length);
  for (let k = 0; k < intercepts.length; k++) {
    terms.forEach((term, t) => (strengths[t] += measureTerm(term, weights, shares, { width: intercepts.length, k })));
  }
  return new LinearModel({
    ...{ estimator, terms, weights, intercepts, strengths, response },
    problem: target.problem,
    features: features.map(({ name, type }) => ({ name, type })),
    classes: target.problem === 'classification' ? target.classes : [],
  });
}

/**
 * Gives the level that no row had the weight of an average row.
 * @returns the standard deviation of what a term adds: for a number the absolute coefficient of its deviations
 */
export function measureTerm(
  { at, levels }: Term,
  weights: Float64Array,
  shares: Float64Array,
  { width, k }: { width: number; k: number },
): number {
  if (!levels) return Math.abs(weights[at * width + k]);
  const columns = Array.from({ length: levels.rest + 1 }, (_, position) => at + position);
  const mean = columns.reduce((sum, column) => sum + shares[column] * weights[column * width + k], 0);
  if (shares[at + levels.rest] === 0) weights[(at + levels.rest) * width + k] = mean;
  return Math.sqrt(columns.reduce((sum, column) => sum + shares[column] * (weights[column * width + k] - mean) ** 2, 0));
}
