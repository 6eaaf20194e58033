import { keepsEstimatorContract } from '../../test/contracts/estimator.contract.js';
import { aTrainingSet, classTarget, regressionTarget, rowsOf } from '../../test/fixtures/training-set.js';
import { fit } from './estimators.service.js';

describe('baseline', () => {
  keepsEstimatorContract('baseline', {});

  it('predicts the mean', async () => {
    const set = aTrainingSet({ rows: 4, target: regressionTarget([1, 2, 3, 6]) });
    expect([...(await fit('baseline', set, {}, { seed: 1 })).predict(rowsOf(set))]).toEqual([3, 3, 3, 3]);
  });

  it('predicts the likeliest class, with the share of each', async () => {
    const set = aTrainingSet({ rows: 4, target: classTarget(['late', 'on time', 'on time', 'on time']) });
    const model = await fit('baseline', set, {}, { seed: 1 });
    expect([...model.predict([[1, 'ATL']]), ...model.predictProbability([[1, 'ATL']])]).toEqual([1, 0.25, 0.75]);
  });
});
