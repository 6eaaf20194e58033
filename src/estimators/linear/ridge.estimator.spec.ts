import { keepsEstimatorContract } from '../../../test/contracts/estimator.contract.js';
import { numberColumn, regressionTarget } from '../../../test/fixtures/training-set.js';
import { fit } from '../estimators.service.js';

const x = [1, 2, 3, 4];
const set = { rows: 4, features: [numberColumn('x', x)], target: regressionTarget(x) };
const slopeOf = async (alpha: number): Promise<number> => {
  const [low, high] = (await fit('ridge', set, { alpha }, { seed: 1 })).predict([[0], [1]]);
  return high - low;
};

describe('ridge', () => {
  keepsEstimatorContract('ridge', { alpha: 0.5 });

  it('shrinks a slope as if so many rows spoke for zero', async () => {
    expect(await slopeOf(4)).toBeCloseTo(0.5, 9);
    expect(await slopeOf(1e9)).toBeCloseTo(0, 6);
  });

  it('is least squares without a penalty', async () => {
    expect(await slopeOf(0)).toBeCloseTo(1, 12);
  });
});
