import { baseline } from './baseline.estimator.js';
import type { Estimator } from './estimator.js';
import type { EstimatorInfo, Feature, FitOptions, Model, TrainingSet } from './estimator.types.js';
import { CorruptModelError, InvalidParametersError, UnknownEstimatorError } from './estimators.errors.js';
import { lasso } from './linear/lasso.estimator.js';
import { linearRegression } from './linear/linear-regression.estimator.js';
import { logisticRegression } from './linear/logistic-regression.estimator.js';
import { ridge } from './linear/ridge.estimator.js';
import { isPlain, type ModelFile, readModelFile } from './model-file.js';
import { parameterProblems } from './parameter-problems.js';
import { randomForest } from './random-forest.estimator.js';
import { mlRandomForest } from './reference/ml-random-forest.estimator.js';
import { polynomialRegression } from './reference/polynomial-regression.estimator.js';
import { fitScaled } from './scaling/fit-scaled.js';
import { isScaled, readScaledFile } from './scaling/scaled-file.js';
import { ScaledModel } from './scaling/scaled-model.js';
import { fitWithText } from './text/fit-with-text.js';
import { readTextFile } from './text/text-file.js';
import { TextModel } from './text/text-model.js';
import { assertTrainable } from './trainable.js';

/** The catalogue: a new estimator is one line here. */
const ESTIMATORS: readonly Estimator[] = [
  randomForest,
  logisticRegression,
  ridge,
  lasso,
  linearRegression,
  polynomialRegression,
  mlRandomForest,
  baseline,
];

/** @returns every estimator, with its parameters, in the order in which to recommend them */
export const listEstimators = (): readonly EstimatorInfo[] => ESTIMATORS;

/** @throws {UnknownEstimatorError} */
export const findEstimator = (name: string): EstimatorInfo => find(name);

/** What {@link fit} says of parameters, before there is a set. @throws {UnknownEstimatorError} @throws {InvalidParametersError} */
export const assertParams = (name: string, params: unknown): void => void checkParams(find(name), params);

function find(name: string): Estimator {
  const found = ESTIMATORS.find((estimator) => estimator.name === name);
  if (!found) {
    throw new UnknownEstimatorError(
      name,
      ESTIMATORS.map((estimator) => estimator.name),
    );
  }
  return found;
}

/**
 * @param params as a caller gives them; what is absent takes its default
 * @throws {UnknownEstimatorError}
 * @throws {InvalidParametersError} naming every wrong parameter and its range
 * @throws {UntrainableError} for a set from which nothing can be learned
 * @param set texts become numbers by TF-IDF, for every estimator
 * @throws the reason of the signal, at the next tree or block after it was aborted
 */
export async function fit(name: string, set: TrainingSet, params: unknown, options: FitOptions): Promise<Model> {
  const estimator = find(name);
  const checked = checkParams(estimator, params);
  options.signal?.throwIfAborted();
  assertTrainable(set);
  const { scaling, ...others } = options;
  if (!scaling) return fitWithText(estimator, set, checked, others);
  return fitScaled(set, scaling, (scaled) => fitWithText(estimator, scaled, checked, others));
}

function checkParams(estimator: Estimator, params: unknown): unknown {
  const parsed = estimator.params.safeParse(params ?? {});
  if (parsed.success) return parsed.data;
  throw new InvalidParametersError(estimator.name, parameterProblems(estimator.params, parsed.error));
}

/**
 * The model that `serialise` wrote. The bytes are trusted in nothing, and must not change while the model lives: it reads from them.
 * @throws {CorruptModelError}
 */
export function loadModel(bytes: Uint8Array): Model {
  const file = readModelFile(bytes);
  if (!isScaled(file)) return loadBehindScaling(file);
  const { standards, inner } = readScaledFile(file);
  return new ScaledModel(standards, loadBehindScaling(inner));
}

function loadBehindScaling(file: ModelFile<Feature>): Model {
  const estimator = ESTIMATORS.find(({ name }) => name === file.estimator);
  if (!estimator) throw new CorruptModelError(`it was made by "${file.estimator}", an estimator that this release does not have`);
  // What looks at no feature has no vocabulary either.
  if (estimator.looksAtNothing || isPlain(file)) return estimator.load(file as ModelFile);
  const { encoding, plain } = readTextFile(file);
  return new TextModel(encoding, estimator.load(plain));
}
