import {
  aTrainingSet,
  categoryColumn,
  classTarget,
  numberColumn,
  regressionTarget,
  rowsOf,
  seededUniform,
} from '../../../test/fixtures/training-set.js';
import type { FeatureColumn, Model, Target } from '../estimator.types.js';
import { fit } from '../estimators.service.js';

const ROWS = 3000;
const uniform = seededUniform(4);
const distance = Array.from({ length: ROWS }, uniform);
const numbers = [numberColumn('distance', distance), numberColumn('noise', distance.map(uniform))];
const origin = categoryColumn(
  'origin',
  distance.map(() => ['ATL', 'JFK', 'LAX', null][Math.floor(uniform() * 4)]),
);
const delays = regressionTarget(distance.map((value) => Math.sin(9 * value) + uniform()));
const classes = classTarget(distance.map((value) => ['early', 'late', 'on time'][Math.floor(3 * value * uniform())]));

const train = (features: readonly FeatureColumn[], target: Target): Promise<Model> =>
  fit('random_forest', aTrainingSet({ rows: ROWS, features, target }), { n_trees: 9 }, { seed: 1, workers: 0 });

describe('many rows, which are put in another order for speed', () => {
  it.each([
    ['numbers', numbers, delays],
    ['categories beside numbers', [...numbers, origin], delays],
    ['categories, for three classes', [...numbers, origin], classes],
  ])('are answered as each one is alone: %s', async (_, features, target) => {
    const model = await train(features, target);
    const rows = rowsOf({ rows: ROWS, features });
    const [all, alone] =
      target.problem === 'regression'
        ? [model.predict(rows), rows.flatMap((row) => [...model.predict([row])])]
        : [model.predictProbability(rows), rows.flatMap((row) => [...model.predictProbability([row])])];
    expect([...all]).toEqual(alone);
  });
});
