import { aTrainingSet, rowsOf, textColumn } from '../../../test/fixtures/training-set.js';
import type { FitOptions, Model, Scaling } from '../estimator.types.js';
import { fit, loadModel } from '../estimators.service.js';
import { readModelFile, writeModelFile } from '../model-file.js';

const set = aTrainingSet();
const SCALING = { distance: { mean: 0.5, deviation: 0.25 } };
const train = (estimator: string, scaling?: Scaling, options: Partial<FitOptions> = {}): Promise<Model> =>
  fit(estimator, set, estimator === 'random_forest' ? { n_trees: 5 } : {}, { seed: 1, workers: 0, scaling, ...options });

describe('a model of scaled numbers', () => {
  it('takes them as they were measured', async () => {
    const scaled = await train('random_forest', SCALING);
    const plain = await train('random_forest');
    const [a, b] = [scaled.predict(rowsOf(set)), plain.predict(rowsOf(set))];
    expect(Math.max(...a.map((value, row) => Math.abs(value - b[row])))).toBeLessThan(0.2);
    expect(scaled.features).toEqual(plain.features);
  });

  it('gave its estimator deviations from the mean', async () => {
    const model = await train('random_forest', { distance: { mean: 1e6, deviation: 0 } });
    expect(model.importances()[0]).toBe(0);
  });

  it('answers rows and columns alike, with what is missing as well, and after it was kept', async () => {
    const model = await train('random_forest', SCALING);
    const loaded = loadModel(model.serialise());
    expect(loaded.predict(rowsOf(set))).toEqual(model.predictColumns(set.features));
    expect(loaded.predict([[null, 'JFK']])).toEqual(model.predict([[NaN, 'JFK']]));
  });

  it('may stand before texts', async () => {
    const review = textColumn(
      'review',
      Array.from({ length: set.rows }, (_, row) => (row % 2 ? 'great book' : 'dull book')),
    );
    const model = await fit('ridge', { ...set, features: [...set.features, review] }, {}, { seed: 1, scaling: SCALING });
    expect(loadModel(model.serialise()).predict([[0.5, 'JFK', 'great']])).toEqual(model.predict([[0.5, 'JFK', 'great']]));
  });

  it.each<[string, Scaling]>([
    ['no number of the training set', { origin: { mean: 0, deviation: 1 } }],
    ['no number of the training set', { nothing: { mean: 0, deviation: 1 } }],
    ['cannot be scaled', { distance: { mean: NaN, deviation: 1 } }],
    ['cannot be scaled', { distance: { mean: 0, deviation: -1 } }],
  ])('is not made when something is %s', async (words, scaling) => {
    await expect(train('random_forest', scaling)).rejects.toThrow(words);
  });

  it.each<[string, Float64Array]>([
    ['of another length', Float64Array.of(0, 1)],
    ['of a category', Float64Array.of(0, 1, 0, 1)],
    ['not finite', Float64Array.of(0, Infinity, NaN, NaN)],
  ])('is not loaded with a scaling that is %s', async (_, standards) => {
    const file = readModelFile((await train('random_forest', SCALING)).serialise());
    const broken = writeModelFile({ ...file, arrays: { ...file.arrays, standards } });
    expect(() => loadModel(broken)).toThrow('The model file cannot be used');
  });

  it('is not loaded within another', async () => {
    const file = readModelFile((await train('random_forest', SCALING)).serialise());
    const nested = writeModelFile({ ...file, arrays: { ...file.arrays, model: writeModelFile(file) } });
    expect(() => loadModel(nested)).toThrow('its scaling is not that of its model');
  });
});
