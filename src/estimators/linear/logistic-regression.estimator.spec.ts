import { keepsEstimatorContract } from '../../../test/contracts/estimator.contract.js';
import { categoryColumn, classTarget, numberColumn, seededUniform } from '../../../test/fixtures/training-set.js';
import type { FeatureColumn, Model, Target, TrainingSet } from '../estimator.types.js';
import { fit } from '../estimators.service.js';

const train = (set: TrainingSet, params: object = {}): Promise<Model> => fit('logistic_regression', set, params, { seed: 1 });

/** Rows whose chance of being late grows with x, as the logistic function of 4x − 2 says. */
function lateFlights(rows: number): TrainingSet {
  const uniform = seededUniform(3);
  const x = Array.from({ length: rows }, uniform);
  return {
    rows,
    features: [numberColumn('x', x)],
    target: classTarget(x.map((value) => uniform() < 1 / (1 + Math.exp(2 - 4 * value)))),
  };
}

describe('logistic regression', () => {
  keepsEstimatorContract('logistic_regression', {});

  it('finds the probabilities that the rows were drawn with', async () => {
    const [, low, , high] = (await train(lateFlights(20_000))).predictProbability([[0], [1]]);
    expect([low, high].map((share) => Math.round(share * 20) / 20)).toEqual([0.1, 0.9]);
  });

  it('tells three classes apart by their categories', async () => {
    const labels = Array.from({ length: 90 }, (_, row) => ['car', 'plane', 'ship'][row % 3]);
    const set = { rows: 90, features: [categoryColumn('goes by', labels)], target: classTarget(labels) };
    const model = await train(set, { alpha: 0.01 });
    expect([...model.predict([['ship'], ['car'], ['plane']])]).toEqual([2, 0, 1]);
    expect(Math.min(...[0, 4, 8].map((i) => model.predictProbability([['car'], ['plane'], ['ship']])[i]))).toBeGreaterThan(0.95);
  });

  it('says the shares of the classes where the feature says nothing', async () => {
    const labels = Array.from({ length: 100 }, (_, row) => (row < 10 ? 'a' : row < 40 ? 'b' : 'c'));
    const set = { rows: 100, features: [numberColumn('x', new Array<number>(100).fill(1))], target: classTarget(labels) };
    const shares = (await train(set)).predictProbability([[1]]);
    expect([...shares].map((share) => Math.round(share * 1e6) / 1e6)).toEqual([0.1, 0.3, 0.6]);
  });

  it('stays finite where a line parts the classes', async () => {
    const x = Array.from({ length: 100 }, (_, row) => row);
    const set = { rows: 100, features: [numberColumn('x', x)], target: classTarget(x.map((value) => value > 50)) };
    const probabilities = (await train(set, { alpha: 1e-6 })).predictProbability([[0], [51], [1e300]]);
    expect([...probabilities].map(Math.round)).toEqual([1, 0, 0, 1, 0, 1]);
  });

  it('counts a row as often as its class weighs', async () => {
    const set = lateFlights(300);
    const { codes } = set.target as Extract<Target, { problem: 'classification' }>;
    const order = Array.from(codes, (code, row) => (code === 1 ? [row, row, row] : [row])).flat();
    const [{ values }] = set.features as readonly Extract<FeatureColumn, { type: 'number' }>[];
    const tripled: TrainingSet = {
      rows: order.length,
      features: [numberColumn('x', order.map((row) => values[row]))], // prettier-ignore
      target: { problem: 'classification', classes: [false, true], codes: Int32Array.from(order, (row) => codes[row]) },
    };
    const rows = [[0.1], [0.9]];
    const [weighted, repeated] = [await train(set, { class_weight: { true: 3 } }), await train(tripled)];
    const [ours, theirs] = [weighted, repeated].map((model) => model.predictProbability(rows));
    expect(Math.abs(ours[1] - theirs[1])).toBeLessThan(0.005);
  });

  it('names the class that a weight was meant for when there is none', async () => {
    await expect(train(lateFlights(10), { class_weight: { late: 2 } })).rejects.toThrow('the target has no such class');
  });

  it('stops between two passes when it is cancelled', async () => {
    const controller = new AbortController();
    const progress: number[] = [];
    const x = Array.from({ length: 6000 }, (_, row) => row);
    const set = { rows: 6000, features: [numberColumn('x', x)], target: classTarget(x.map((row) => row % 40)) };
    const fitting = fit(
      'logistic_regression',
      set,
      {},
      {
        seed: 1,
        signal: controller.signal,
        onProgress: (share) => {
          progress.push(share);
          controller.abort('enough');
        },
      },
    );
    await expect(fitting).rejects.toBe('enough');
    expect(progress).toHaveLength(1);
  });
});
