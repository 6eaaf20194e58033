import { keepsEstimatorContract } from '../../../test/contracts/estimator.contract.js';
import { aTrainingSet, classTarget, numberColumn, regressionTarget, seededUniform } from '../../../test/fixtures/training-set.js';
import type { TrainingSet } from '../estimator.types.js';
import { fit, loadModel } from '../estimators.service.js';
import { evaluate } from '../evaluation.estimator.js';
import { type ModelFile, readPlainFile, writeModelFile } from '../model-file.js';

function steps(rows: number, seed: number): TrainingSet {
  const uniform = seededUniform(seed);
  const columns = ['a', 'b', 'c'].map(() => Array.from({ length: rows }, uniform));
  return {
    rows,
    features: columns.map((values, i) => numberColumn('abc'[i], values)),
    target: regressionTarget(columns[0].map((value, row) => (value > 0.5 ? 10 : 0) + columns[1][row])),
  };
}

describe('the forest of ml-random-forest', () => {
  keepsEstimatorContract('ml_random_forest', { n_trees: 2, min_samples: 50, max_features: 0.2 });

  it('learns a step, and what matters in it', async () => {
    const model = await fit('ml_random_forest', steps(200, 1), { n_trees: 10 }, { seed: 1 });
    expect(evaluate(model, steps(200, 2)).r2).toBeGreaterThan(0.9);
    expect(model.importances()[0]).toBeGreaterThan(Math.max(...model.importances().slice(1)));
  });

  it('gives the share of its trees that vote for a class', async () => {
    const set = steps(100, 1);
    const target = classTarget(Array.from({ length: 100 }, (_, row) => `class ${row % 2}`));
    const model = await fit('ml_random_forest', { ...set, target }, { n_trees: 4 }, { seed: 1 });
    const [none, one] = model.predictProbabilityColumns(set.features);
    expect([(none * 4) % 1, none + one]).toEqual([0, 1]);
  });

  it.each([
    ['rows', { rows: 2001 }, {}],
    ['rows for so many trees', { rows: 2000 }, { n_trees: 200 }],
  ])('says what to take in its place when there are too many %s', async (_, overrides, params) => {
    const fitting = fit('ml_random_forest', aTrainingSet(overrides), params, { seed: 1 });
    await expect(fitting).rejects.toThrow(/2000 rows at most.*Use random_forest/);
  });

  it.each<[string, (file: ModelFile) => ModelFile['arrays']]>([
    ['goes round in a circle', ({ arrays }) => ({ left: arrays.left.slice().fill(0) })],
    ['leaves the arrays', ({ arrays }) => ({ right: arrays.right.slice().fill(1_000_000) })],
    ['asks for a column that is not there', ({ arrays }) => ({ columns: arrays.columns.slice().fill(99) })],
    ['has no trees', () => ({ roots: new Int32Array(0) })],
    ['says no number', ({ arrays }) => ({ values: arrays.values.slice().fill(NaN) })],
  ])('does not load when it %s', async (_, change) => {
    const file = readPlainFile((await fit('ml_random_forest', aTrainingSet(), { n_trees: 1 }, { seed: 1 })).serialise());
    const broken = writeModelFile({ ...file, arrays: { ...file.arrays, ...change(file) } });
    expect(() => loadModel(broken)).toThrow('its trees lead nowhere');
  });
});
