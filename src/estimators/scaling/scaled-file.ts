import type { Feature, Model, Standard } from '../estimator.types.js';
import { CorruptModelError } from '../estimators.errors.js';
import { arrayOf, type ModelFile, readModelFile, writeModelFile } from '../model-file.js';

/** The array that tells such a file: mean and deviation of each feature, NaN where it is taken as it is. */
const STANDARDS = 'standards';

/** The file of the model in the file of its scaling. */
export function writeScaledModel(standards: readonly (Standard | undefined)[], model: Model): Uint8Array {
  const { estimator, problem, classes, features } = model;
  return writeModelFile({
    ...{ estimator, problem, state: {} },
    features: [...features],
    classes: [...classes],
    arrays: {
      [STANDARDS]: Float64Array.from(
        standards.flatMap((standard) => (standard ? [standard.mean, standard.deviation] : [NaN, NaN])),
      ),
      model: model.serialise(),
    },
  });
}

export const isScaled = (file: ModelFile<Feature>): boolean => STANDARDS in file.arrays;

/** @returns the scaling, and the file of the model behind it. @throws {CorruptModelError} */
export function readScaledFile(file: ModelFile<Feature>): {
  standards: (Standard | undefined)[];
  inner: ModelFile<Feature>;
} {
  const inner = readModelFile(arrayOf(file, 'model', 'uint8'));
  const isOurs =
    !isScaled(inner) &&
    inner.estimator === file.estimator &&
    inner.problem === file.problem &&
    isEqual(inner.classes, file.classes) &&
    isEqual(inner.features, file.features);
  if (!isOurs) throw new CorruptModelError('its scaling is not that of its model');
  const numbers = arrayOf(file, STANDARDS, 'float64', 2 * file.features.length);
  return {
    inner,
    standards: file.features.map((feature, index) => standardOf(feature, numbers[2 * index], numbers[2 * index + 1])),
  };
}

function standardOf({ name, type }: Feature, mean: number, deviation: number): Standard | undefined {
  if (Number.isNaN(mean) && Number.isNaN(deviation)) return undefined;
  if (type === 'number' && Number.isFinite(mean) && deviation >= 0 && deviation < Infinity) return { mean, deviation };
  throw new CorruptModelError(`the scaling of "${name}" cannot be one`);
}

const isEqual = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
