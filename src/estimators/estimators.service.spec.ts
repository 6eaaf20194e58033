import { z } from 'zod';
import { aTrainingSet } from '../../test/fixtures/training-set.js';
import { findEstimator, fit, listEstimators, loadModel } from './estimators.service.js';
import { readModelFile, writeModelFile } from './model-file.js';

const train = (params: unknown, name = 'random_forest'): Promise<unknown> =>
  fit(name, aTrainingSet(), params, { seed: 1, workers: 0 });

describe('the catalogue of estimators', () => {
  it('lists each with what it does with missing values and categories', () => {
    const all = listEstimators();
    expect(all.map(({ name }) => name)).toEqual([
      'random_forest',
      'logistic_regression',
      'ridge',
      'lasso',
      'linear_regression',
      'polynomial_regression',
      'ml_random_forest',
      'baseline',
    ]);
    for (const { description } of all) expect(description).toMatch(/missing.*categor/is);
  });

  it('describes each parameter with type, default and range', () => {
    const { properties } = z.toJSONSchema(findEstimator('random_forest').params, { io: 'input' });
    expect(properties?.n_trees).toEqual({
      type: 'integer',
      minimum: 1,
      maximum: 2000,
      default: 100,
      description: expect.stringContaining('steadier'),
    });
  });

  it('knows the others when it does not know one', async () => {
    await expect(train({}, 'random_forrest')).rejects.toThrow(
      'There is no estimator "random_forrest". Choose one of random_forest, logistic_regression,',
    );
  });
});

describe('the parameters of a fit', () => {
  it('may be left out', async () => {
    await expect(train(undefined, 'baseline')).resolves.toMatchObject({ estimator: 'baseline' });
  });

  it.each<[string, unknown, string]>([
    ['a number that is too small', { n_trees: 0 }, 'n_trees: it has to be an integer from 1 to 2000'],
    ['a share that is no share', { max_features: 0 }, 'max_features: it has to be a number above 0 to 1'],
    ['a text', { max_depth: '3' }, 'max_depth: it has to be an integer from 1 to 1000'],
    [
      'a weight that is negative',
      { class_weight: { late: -1 } },
      'class_weight: it has to be "balanced" or an object whose values are each a number above 0',
    ],
    ['one that does not exist', { trees: 3 }, 'trees: there is no such parameter, but n_trees, max_depth'],
    ['two at once', { n_trees: 0.5, max_depth: 0 }, 'n_trees: it has to be an integer from 1 to 2000; max_depth: it has to be'],
    ['a list', [100], 'they are no object of parameters by name'],
  ])('are refused when they have %s', async (_, params, message) => {
    await expect(train(params)).rejects.toThrow(message);
  });

  it('of the baseline are none', async () => {
    await expect(train({ strategy: 'mean' }, 'baseline')).rejects.toThrow('strategy: there is no such parameter, it takes none');
  });
});

describe('a model file', () => {
  it('of an estimator that this release lacks is refused', async () => {
    const model = await fit('baseline', aTrainingSet(), {}, { seed: 1 });
    const foreign = writeModelFile({ ...readModelFile(model.serialise()), estimator: 'support_vectors' });
    expect(() => loadModel(foreign)).toThrow('it was made by "support_vectors"');
  });
});
