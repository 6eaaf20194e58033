import type { Dataset } from '../../catalog/catalog.types.js';
import type { Snapshot } from '../../delta/delta.types.js';
import type { Feature, Problem } from '../../estimators/estimator.types.js';
import { findEstimator, listEstimators } from '../../estimators/estimators.service.js';
import { type LeftOut, type Sample, TextTerms, type TrainOptions, type Validation } from '../train.schema.js';
import { ColumnNotFoundError, NoTimeColumnError, UnusableColumnError, WrongProblemError } from '../training.errors.js';
import { NESTED, NUMERIC } from './column-types.js';
import { plannedFeatures } from './planned-features.js';

/** What a plan depends on. */
export type PlanOptions = Omit<TrainOptions, 'model_name'>;

/** What a training reads: the table as of a version, and which columns play which part. */
export interface TrainingPlan {
  readonly snapshot: Snapshot;
  readonly problem: Problem;
  readonly target: { readonly name: string; readonly isFloat: boolean };
  readonly features: readonly Feature[];
  /** How texts become numbers, where there are any. */
  readonly text?: TextTerms;
  /** Whether somebody named the features: then none is left out silently. */
  readonly named: boolean;
  readonly leftOut: readonly LeftOut[];
  readonly validation: Validation;
  readonly sample?: Sample;
  readonly seed: number;
}

const FLOAT = /^(FLOAT|DOUBLE)$/;

/**
 * Gives each column its part.
 * @throws {ColumnNotFoundError} @throws {UnusableColumnError} @throws {WrongProblemError} @throws {NoTimeColumnError}
 * @throws {InvalidInputError} for options that do not go together
 */
export function planOf(options: PlanOptions, dataset: Dataset, snapshot: Snapshot): TrainingPlan {
  const columns = new Map(snapshot.columns.map(({ name, type }) => [name, type]));
  const typeOf = (column: string): string => {
    const type = columns.get(column);
    if (type === undefined) throw new ColumnNotFoundError(options.dataset, column, [...columns.keys()]);
    return type;
  };
  const problem = problemOf(options, typeOf(options.target));
  assertSolves(options.estimator, problem);
  assertWeighs(options, problem);
  return {
    snapshot,
    problem,
    target: { name: options.target, isFloat: FLOAT.test(typeOf(options.target)) },
    ...plannedFeatures(options, dataset, columns, typeOf),
    text: options.text_features && TextTerms.parse(options.text ?? {}),
    // An older version may lack the column that the newest declares.
    validation: validationOf(options, columns.has(dataset.time ?? '') ? dataset.time : null, problem, typeOf),
    sample: options.sample,
    seed: options.seed,
  };
}

function problemOf({ problem, target }: PlanOptions, type: string): Problem {
  const discrete = type === 'BOOLEAN' || type === 'VARCHAR';
  if (!discrete && !NUMERIC.test(type)) throw new UnusableColumnError(target, type, 'a target is a number, a boolean or text');
  if (problem === 'regression' && type === 'VARCHAR') {
    throw new UnusableColumnError(target, type, 'the target of a regression is a number');
  }
  return problem ?? (discrete ? 'classification' : 'regression');
}

function assertSolves(estimator: string, problem: Problem): void {
  if (findEstimator(estimator).problems.includes(problem)) return;
  const fitting = listEstimators().filter(({ problems }) => problems.includes(problem));
  const names = fitting.map(({ name }) => name).join(', ');
  throw new WrongProblemError(
    `The estimator ${estimator} is for a ${findEstimator(estimator).problems.join(' or ')}`,
    problem,
    `Choose one of ${names}, another target, or say which "problem" it is.`,
  );
}

function assertWeighs({ params }: PlanOptions, problem: Problem): void {
  if (problem === 'classification' || params.class_weight === undefined) return;
  throw new WrongProblemError('The parameter class_weight weighs classes', problem, 'Leave it out.');
}

function validationOf(
  { validation, dataset: name }: PlanOptions,
  time: string | null,
  problem: Problem,
  typeOf: (column: string) => string,
): Validation {
  if (!validation) {
    if (time) return { by: 'time', column: ordered(time, typeOf(time)), share: 0.2 };
    return { by: problem === 'classification' ? 'stratified' : 'random', share: 0.2 };
  }
  if (validation.by === 'stratified' && problem === 'regression') {
    throw new WrongProblemError('Stratified means within each class', problem, 'Validate by "random", "time" or "group".');
  }
  if (validation.by === 'time') {
    const column = validation.column ?? time;
    if (!column) throw new NoTimeColumnError(name);
    return { ...validation, column: ordered(column, typeOf(column)) };
  }
  if (validation.by === 'group') ordered(validation.column, typeOf(validation.column));
  return validation;
}

function ordered(column: string, type: string): string {
  if (NESTED.test(type)) throw new UnusableColumnError(column, type, 'rows are ordered and grouped by plain values');
  return column;
}
