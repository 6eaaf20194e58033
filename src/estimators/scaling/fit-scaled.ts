import type { Model, Scaling, Standard, TrainingSet } from '../estimator.types.js';
import { UntrainableError } from '../estimators.errors.js';
import { scaleColumn, ScaledModel } from './scaled-model.js';

/**
 * Fits on numbers that were standardised by given means and deviations.
 * @param fit any estimator, on the standardised set
 * @throws {UntrainableError} when the scaling is of no number of the set, or not of finite ones
 */
export async function fitScaled(set: TrainingSet, scaling: Scaling, fit: (set: TrainingSet) => Promise<Model>): Promise<Model> {
  for (const [name, standard] of Object.entries(scaling)) assertUsable(set, name, standard);
  const standards = set.features.map(({ name }) => (Object.hasOwn(scaling, name) ? scaling[name] : undefined));
  const features = set.features.map((column, index) => scaleColumn(column, standards[index]));
  return new ScaledModel(standards, await fit({ ...set, features }));
}

function assertUsable({ features }: TrainingSet, name: string, { mean, deviation }: Standard): void {
  if (!features.some((feature) => feature.name === name && feature.type === 'number')) {
    throw new UntrainableError(`The scaling names "${name}", which is no number of the training set.`);
  }
  if (Number.isFinite(mean) && Number.isFinite(deviation) && deviation >= 0) return;
  throw new UntrainableError(`"${name}" cannot be scaled by a mean of ${mean} and a deviation of ${deviation}.`);
}
