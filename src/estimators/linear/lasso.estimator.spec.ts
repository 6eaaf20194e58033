import { keepsEstimatorContract } from '../../../test/contracts/estimator.contract.js';
import { numberColumn, regressionTarget, seededUniform } from '../../../test/fixtures/training-set.js';
import type { Model } from '../estimator.types.js';
import { fit } from '../estimators.service.js';

const uniform = seededUniform(9);
const columns = Array.from({ length: 6 }, () => Array.from({ length: 500 }, uniform));
const set = {
  rows: 500,
  features: columns.map((values, i) => numberColumn(`x${i}`, values)),
  target: regressionTarget(columns[0].map((value, row) => 4 * value - 2 * columns[1][row] + 0.1 * uniform())),
};
const train = (alpha: number): Promise<Model> => fit('lasso', set, { alpha }, { seed: 1 });

describe('lasso', () => {
  keepsEstimatorContract('lasso', { alpha: 0.001 });

  it('leaves out the features that add nothing', async () => {
    const importances = (await train(0.05)).importances();
    expect(importances.map((share) => share > 0)).toEqual([true, true, false, false, false, false]);
  });

  it('keeps nothing but the mean when every weight costs more than it brings', async () => {
    const model = await train(1);
    expect(model.importances()).toEqual([0, 0, 0, 0, 0, 0]);
    const [low, high] = model.predict([columns.map(() => 0), columns.map(() => 1)]);
    expect(low).toBe(high);
  });

  it('is least squares without a penalty', async () => {
    const plain = await fit('linear_regression', set, {}, { seed: 1 });
    const [ours, theirs] = [await train(0), plain].map((model) => model.predictColumns(set.features));
    expect(Math.max(...ours.map((value, row) => Math.abs(value - theirs[row])))).toBeLessThan(1e-6);
  });
});
