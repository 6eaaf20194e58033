import { keepsEstimatorContract } from '../../../test/contracts/estimator.contract.js';
import {
  aTrainingSet,
  categoryColumn,
  numberColumn,
  regressionTarget,
  seededUniform,
} from '../../../test/fixtures/training-set.js';
import type { FeatureColumn, Model, TrainingSet } from '../estimator.types.js';
import { fit, loadModel } from '../estimators.service.js';
import { readModelFile, writeModelFile } from '../model-file.js';

const train = (set: TrainingSet): Promise<Model> => fit('linear_regression', set, {}, { seed: 1 });

const rounded = (values: Iterable<number>): number[] => Array.from(values, (value) => Math.round(value * 1e6) / 1e6);

const aLine = (features: readonly FeatureColumn[], target: readonly number[]): TrainingSet => ({
  rows: target.length,
  features,
  target: regressionTarget(target),
});

describe('linear regression', () => {
  keepsEstimatorContract('linear_regression', {});

  it('finds the line that the rows lie on, and goes on along it', async () => {
    const x = [0, 1, 2, 3, 4];
    const model = await train(aLine([numberColumn('x', x)], x.map((value) => 3 - 2 * value))); // prettier-ignore
    expect(rounded(model.predict([[0], [10], [-1]]))).toEqual([3, -17, 5]);
  });

  it('adds what each category is worth', async () => {
    const set = aLine(
      [numberColumn('km', [1, 2, 3, 4, 5, 6]), categoryColumn('city', ['a', 'b', 'a', 'b', 'b', 'a'])],
      [11, 22, 13, 24, 25, 16],
    );
    expect(rounded((await train(set)).predict([[0, 'a'], [0, 'b'], [7, 'b']]))).toEqual([10, 20, 27]); // prettier-ignore
  });

  it('puts the mean in the place of a missing number', async () => {
    const model = await train(aLine([numberColumn('x', [0, 2, 4, NaN])], [0, 2, 4, 2]));
    expect(rounded(model.predict([[null], [2]]))).toEqual([2, 2]);
  });

  it('gives an unseen category the worth of an average row where none was missing in training', async () => {
    const model = await train(aLine([categoryColumn('city', ['a', 'a', 'a', 'b'])], [0, 0, 0, 4]));
    expect(rounded(model.predict([['Oz'], [null]]))).toEqual([1, 1]);
  });

  it('learns what it means that a category is missing', async () => {
    const model = await train(aLine([categoryColumn('city', ['a', 'b', null, null])], [0, 4, 10, 12]));
    expect(rounded(model.predict([[null], ['Oz'], ['b']]))).toEqual([11, 11, 4]);
  });

  it('lets the rarest categories beyond 255 share a level', async () => {
    const names = Array.from({ length: 300 }, (_, i) => `c${String(i).padStart(3, '0')}`);
    const rows = [...names, ...names.slice(0, 255)];
    const model = await train(
      aLine(
        [categoryColumn('code', rows)],
        rows.map((name) => (name < 'c255' ? 1 : 5)),
      ),
    );
    expect(rounded(model.predict([['c254'], ['c255'], ['c299'], [null]]))).toEqual([1, 5, 5, 5]);
  });

  it('shares a weight among columns that say the same', async () => {
    const uniform = seededUniform(4);
    const x = Array.from({ length: 50 }, uniform);
    const twins = ['a', 'b', 'c'].map((name, i) =>
      numberColumn(
        name,
        x.map((value) => value * 10 ** i),
      ),
    );
    const model = await train(aLine(twins, x));
    expect(rounded(model.predict([[0.5, 5, 50]]))).toEqual([0.5]);
    expect(model.importances().map((share) => Math.round(share * 1000) / 1000)).toEqual([0.333, 0.333, 0.333]);
  });

  it('predicts its training rows exactly where there are more features than rows, and does not swing between them', async () => {
    const uniform = seededUniform(5);
    const features = Array.from({ length: 40 }, (_, i) => numberColumn(`f${i}`, Array.from({ length: 10 }, uniform)));
    const target = Array.from({ length: 10 }, uniform);
    const model = await train(aLine(features, target));
    expect(rounded(model.predictColumns(features))).toEqual(rounded(target));
    const others = features.map(({ name }) => numberColumn(name, Array.from({ length: 100 }, uniform)));
    expect(Math.max(...model.predictColumns(others).map(Math.abs))).toBeLessThan(5);
  });

  it('measures importance by what a standard deviation of a feature moves', async () => {
    const uniform = seededUniform(6);
    const [a, b] = [Array.from({ length: 4000 }, uniform), Array.from({ length: 4000 }, () => 1000 * uniform())];
    const model = await train(
      aLine(
        [numberColumn('a', a), numberColumn('b', b)],
        a.map((value, row) => 3 * value + 0.001 * b[row]),
      ),
    );
    expect(model.importances().map((share) => Math.round(share * 20) / 20)).toEqual([0.75, 0.25]);
  });

  it('refuses more columns than it can do, and says what to take', async () => {
    const wide = Array.from({ length: 2001 }, (_, i) => numberColumn(`f${i}`, [1, 2]));
    await expect(train(aLine(wide, [1, 2]))).rejects.toThrow('make 2001 columns');
    await expect(train(aLine(wide, [1, 2]))).rejects.toThrow('use random_forest');
  });

  it('stops between two blocks of rows when it is cancelled', async () => {
    const controller = new AbortController();
    const progress: number[] = [];
    const rows = 3000;
    const features = Array.from({ length: 60 }, (_, i) => numberColumn(`f${i}`, Array.from({ length: rows }, (_, row) => row % (i + 2)))); // prettier-ignore
    const set = aLine(features, Array.from({ length: rows }, (_, row) => row)); // prettier-ignore
    const onProgress = (share: number): void => {
      progress.push(share);
      controller.abort('enough');
    };
    await expect(fit('linear_regression', set, {}, { seed: 1, signal: controller.signal, onProgress })).rejects.toBe('enough');
    expect(progress).toHaveLength(1);
  });

  describe('from a file', () => {
    it.each<[string, (file: ReturnType<typeof readModelFile>) => Partial<ReturnType<typeof readModelFile>>]>([
      [
        'coefficients that are no numbers',
        ({ arrays }) => ({ arrays: { ...arrays, weights: arrays.weights.slice().fill(NaN) } }),
      ],
      ['too few of them', ({ arrays }) => ({ arrays: { ...arrays, weights: arrays.weights.slice(1) } })],
      ['a scale below zero', ({ arrays }) => ({ arrays: { ...arrays, scales: arrays.scales.slice().fill(-1) } })],
      ['terms of no feature', () => ({ state: { terms: [{ name: 'a' }, { name: 'b', levels: [] }] } })],
      ['one term for two features', () => ({ state: { terms: [{ name: 'distance' }] } })],
      ['no terms', () => ({ state: {} })],
      ['classes', () => ({ classes: ['a', 'b'] })],
    ])('is refused with %s', async (_, change) => {
      const file = readModelFile((await train(aTrainingSet())).serialise());
      expect(() => loadModel(writeModelFile({ ...file, ...change(file) }))).toThrow('The model file cannot be used');
    });
  });
});
