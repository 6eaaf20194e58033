import type { Estimator } from '../estimator.js';
import type { FitOptions, Model, PlainSet, TrainingSet } from '../estimator.types.js';
import { UntrainableError } from '../estimators.errors.js';
import { TextEncoding } from './text-encoding.js';
import { TextModel } from './text-model.js';

/**
 * Fits any estimator on a set that may have texts.
 * @throws {UntrainableError} when there is nothing but texts, and no term in them
 */
export async function fitWithText<Params>(
  estimator: Estimator<Params>,
  set: TrainingSet,
  params: Params,
  options: FitOptions,
): Promise<Model> {
  if (isPlainSet(set) || estimator.looksAtNothing) return estimator.fit(set as PlainSet, params, options);
  const encoding = TextEncoding.learn(set.features, options.text);
  if (encoding.plainFeatures.length === 0) {
    throw new UntrainableError(
      'No term is there in enough rows to learn from it, and there are no other features. Lower min_documents, or name more features.',
    );
  }
  const plain: PlainSet = { ...set, features: encoding.encodeColumns(set.features) };
  return new TextModel(encoding, await estimator.fit(plain, params, options));
}

const isPlainSet = (set: TrainingSet): set is PlainSet => set.features.every(({ type }) => type !== 'text');
