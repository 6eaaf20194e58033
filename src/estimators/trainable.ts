import type { FeatureColumn, Target, TrainingSet } from './estimator.types.js';
import { UntrainableError } from './estimators.errors.js';

/**
 * The guard in front of every estimator.
 * @throws {UntrainableError} which says what is wrong with the set
 */
export function assertTrainable({ rows, features, target }: TrainingSet): void {
  if (rows === 0) throw new UntrainableError('The training set has no rows. Check the filter and the hold-out that left none.');
  if (features.length === 0) {
    throw new UntrainableError('The training set has no features. Name at least one column beside the target.');
  }
  assertDistinctNames(features);
  for (const feature of features) assertUsable(feature, rows);
  assertUsableTarget(target, rows);
}

function assertDistinctNames(features: readonly FeatureColumn[]): void {
  const seen = new Set<string>();
  for (const { name } of features) {
    if (seen.has(name)) throw new UntrainableError(`The feature "${name}" is there twice. Give each column a name of its own.`);
    seen.add(name);
  }
}

function assertUsable(feature: FeatureColumn, rows: number): void {
  const cells = feature.type === 'category' ? feature.codes : feature.values;
  if (cells.length !== rows) {
    throw new UntrainableError(`The feature "${feature.name}" has ${cells.length} values for ${rows} rows.`);
  }
  if (feature.type === 'number') {
    const row = feature.values.findIndex((value) => value === Infinity || value === -Infinity);
    if (row >= 0) {
      throw new UntrainableError(`The feature "${feature.name}" is infinite in row ${row}. Make it missing, or bound it.`);
    }
  } else if (feature.type === 'category') {
    const row = feature.codes.findIndex((code) => code < -1 || code >= feature.categories.length);
    if (row >= 0) throw new UntrainableError(`The feature "${feature.name}" has no category for its code in row ${row}.`);
  }
}

function assertUsableTarget(target: Target, rows: number): void {
  const cells = target.problem === 'regression' ? target.values : target.codes;
  if (cells.length !== rows) throw new UntrainableError(`The target has ${cells.length} values for ${rows} rows.`);
  if (target.problem === 'classification') {
    const row = target.codes.findIndex((code) => code < 0 || code >= target.classes.length);
    if (row >= 0) {
      throw new UntrainableError(`The target has no class in row ${row}. Leave out the rows whose target is missing.`);
    }
  } else {
    const row = target.values.findIndex((value) => !Number.isFinite(value));
    if (row >= 0) {
      throw new UntrainableError(
        `The target is ${target.values[row]} in row ${row}. Leave out the rows whose target is missing or infinite.`,
      );
    }
  }
  const first = cells[0];
  if (cells.every((cell: number) => cell === first)) throw new UntrainableError(describeConstant(target));
}

function describeConstant(target: Target): string {
  if (target.problem === 'regression') {
    return `The target is ${target.values[0]} in every row: there is nothing to learn from it.`;
  }
  return `The target has one class only, ${JSON.stringify(target.classes[target.codes[0]])}: there is nothing to tell apart.`;
}
