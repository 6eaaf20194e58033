import { keepsEstimatorContract } from '../../../test/contracts/estimator.contract.js';
import { aTrainingSet, categoryColumn, numberColumn, regressionTarget } from '../../../test/fixtures/training-set.js';
import type { Model, TrainingSet } from '../estimator.types.js';
import { fit } from '../estimators.service.js';
import { countMonomials, monomialsOf } from './monomials.js';

const train = (set: TrainingSet, degree: number): Promise<Model> => fit('polynomial_regression', set, { degree }, { seed: 1 });
const rounded = (values: Iterable<number>): number[] => Array.from(values, (value) => Math.round(value * 1e6) / 1e6);
const x = Array.from({ length: 30 }, (_, row) => row / 3 - 5);

describe('polynomial regression', () => {
  keepsEstimatorContract('polynomial_regression', { degree: 1 });

  it('finds a parabola, and goes on along it', async () => {
    const set = { rows: 30, features: [numberColumn('x', x)], target: regressionTarget(x.map((v) => 1 + v - 2 * v * v)) };
    expect(rounded((await train(set, 2)).predict([[0], [3], [-20]]))).toEqual([1, -14, -819]);
  });

  it('finds products of two features beside a category', async () => {
    const z = x.map((_, row) => (row * 7) % 11);
    const city = x.map((_, row) => (row % 3 ? 'a' : 'b'));
    const set = {
      rows: 30,
      features: [numberColumn('x', x), categoryColumn('city', city), numberColumn('z', z)],
      target: regressionTarget(x.map((v, row) => v * z[row] + (city[row] === 'a' ? 100 : 0))),
    };
    const model = await train(set, 2);
    expect(rounded(model.predict([[2, 'a', 3], [2, 'b', 3]]))).toEqual([106, 6]); // prettier-ignore
    expect(model.importances().every((share) => share > 0.02)).toBe(true);
  });

  it('has every product up to its degree', () => {
    expect(monomialsOf(2, 3)).toEqual([[0], [1], [0, 0], [0, 1], [1, 1], [0, 0, 0], [0, 0, 1], [0, 1, 1], [1, 1, 1]]);
    expect([countMonomials(2, 3), countMonomials(5, 4), countMonomials(0, 2)]).toEqual([9, monomialsOf(5, 4).length, 0]);
  });

  it('says what to take in its place when there are too many terms', async () => {
    const features = Array.from({ length: 20 }, (_, i) => numberColumn(`f${i}`, [1, 2]));
    const set = aTrainingSet({ rows: 2, features, target: regressionTarget([1, 2]) });
    await expect(train(set, 3)).rejects.toThrow(/300 terms at most.*2 rows of 1770 terms.*lower degree/);
  });
});
