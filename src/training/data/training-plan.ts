import type { Dataset } from '../../catalog/catalog.types.js';
import type { Snapshot } from '../../delta/delta.types.js';
import type { Problem } from '../../estimators/estimator.types.js';
import { findEstimator, listEstimators } from '../../estimators/estimators.service.js';
import type { LeftOut, Sample, TrainOptions, Validation } from '../train.schema.js';
import { ColumnNotFoundError, NoTimeColumnError, UnusableColumnError, WrongProblemError } from '../training.errors.js';

/** What a plan depends on. */
export type PlanOptions = Omit<TrainOptions, 'model_name'>;

export interface PlannedFeature {
  readonly name: string;
  readonly type: 'number' | 'category';
}

/** What a training reads: the table as of a version, and which columns play which part. */
export interface TrainingPlan {
  readonly snapshot: Snapshot;
  readonly problem: Problem;
  readonly target: { readonly name: string; readonly isFloat: boolean };
  readonly features: readonly PlannedFeature[];
  /** Whether somebody named the features: then none is left out silently. */
  readonly named: boolean;
  readonly leftOut: readonly LeftOut[];
  readonly validation: Validation;
  readonly sample?: Sample;
  readonly seed: number;
}

const FLOAT = /^(FLOAT|DOUBLE)$/;
const NUMERIC = /^(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT|UTINYINT|USMALLINT|UINTEGER|UBIGINT|FLOAT|DOUBLE|DECIMAL.*|BOOLEAN)$/;
const NESTED = /^(STRUCT|MAP|UNION)\b|\]$/;
const USABLE = 'a feature is a number, a boolean or text';

/**
 * Gives each column its part.
 * @throws {ColumnNotFoundError} @throws {UnusableColumnError} @throws {WrongProblemError} @throws {NoTimeColumnError}
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
    ...(options.features ? namedFeatures(options, options.features, typeOf) : usualFeatures(options.target, dataset, columns)),
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

type Features = Pick<TrainingPlan, 'features' | 'named' | 'leftOut'>;

function namedFeatures({ target }: PlanOptions, names: readonly string[], typeOf: (column: string) => string): Features {
  const features = names.map((name) => {
    const type = featureType(typeOf(name));
    if (name === target) throw new UnusableColumnError(name, 'the target', 'it cannot be a feature as well');
    if (!type) throw new UnusableColumnError(name, typeOf(name), `${USABLE}. Leave it out of "features"`);
    return { name, type };
  });
  return { features, named: true, leftOut: [] };
}

function usualFeatures(
  target: string,
  { name: dataset, targets, keys, time }: Dataset,
  columns: ReadonlyMap<string, string>,
): Features {
  const declared = new Set([...targets, ...keys, target, ...(time ? [time] : [])]);
  const features: PlannedFeature[] = [];
  const leftOut: LeftOut[] = [];
  for (const [name, columnType] of columns) {
    if (declared.has(name)) continue;
    const type = featureType(columnType);
    if (type && name.startsWith('_')) {
      leftOut.push({ column: name, reason: 'it says how the row came here; name it to learn from it' });
    } else if (type) features.push({ name, type });
    else leftOut.push({ column: name, reason: `it is ${NESTED.test(columnType) ? 'nested, ' : ''}${columnType}; ${USABLE}` });
  }
  if (features.length === 0) {
    throw new UnusableColumnError(target, `the only usable column of "${dataset}"`, 'name at least one feature beside it');
  }
  return { features, named: false, leftOut };
}

function featureType(type: string): PlannedFeature['type'] | undefined {
  if (NUMERIC.test(type)) return 'number';
  return type === 'VARCHAR' ? 'category' : undefined;
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
