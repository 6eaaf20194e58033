import { keepsEstimatorContract } from '../../test/contracts/estimator.contract.js';
import {
  aTrainingSet,
  categoryColumn,
  classTarget,
  numberColumn,
  regressionTarget,
  rowsOf,
  seededUniform,
} from '../../test/fixtures/training-set.js';
import type { Model, TrainingSet } from './estimator.types.js';
import { fit, loadModel } from './estimators.service.js';
import { evaluate } from './evaluation.estimator.js';

const train = (set: TrainingSet, params: Readonly<Record<string, unknown>> = {}, workers = 0): Promise<Model> =>
  fit('random_forest', set, { n_trees: 20, ...params }, { seed: 1, workers });

/** Friedman's first benchmark: five features that matter, and noise of variance 1. */
function friedman(rows: number, seed: number): TrainingSet {
  const uniform = seededUniform(seed);
  const x = Array.from({ length: 7 }, () => Array.from({ length: rows }, uniform));
  const noise = (): number => Array.from({ length: 12 }, uniform).reduce((sum, part) => sum + part, -6);
  const y = x[0].map(
    (_, row) =>
      10 * Math.sin(Math.PI * x[0][row] * x[1][row]) + 20 * (x[2][row] - 0.5) ** 2 + 10 * x[3][row] + 5 * x[4][row] + noise(),
  );
  return { rows, features: x.map((values, column) => numberColumn(`x${column}`, values)), target: regressionTarget(y) };
}

describe('random forest', () => {
  keepsEstimatorContract('random_forest', { n_trees: 6, min_samples_leaf: 2 });

  it('learns a smooth function from noise, and what matters in it', async () => {
    const model = await train(friedman(4000, 1));
    expect(evaluate(model, friedman(1000, 2)).r2).toBeGreaterThan(0.85);
    const importances = model.importances();
    expect(Math.min(...importances.slice(0, 5))).toBeGreaterThan(3 * Math.max(...importances.slice(5)));
  });

  it('is the same model in this thread, in one other and in three', async () => {
    const files = [];
    for (const workers of [0, 1, 3]) files.push((await train(friedman(700, 1), { max_features: 0.4 }, workers)).serialise());
    expect(files.slice(1)).toEqual([files[0], files[0]]);
  });

  it('is another model for another seed', async () => {
    const models = await Promise.all(
      [1, 2].map((seed) => fit('random_forest', friedman(300, 1), { n_trees: 2 }, { seed, workers: 0 })),
    );
    expect(models[0].predictColumns(friedman(300, 1).features)).not.toEqual(models[1].predictColumns(friedman(300, 1).features));
  });

  it('stops its threads when it is cancelled', async () => {
    const controller = new AbortController();
    const progress: number[] = [];
    const fitting = fit(
      'random_forest',
      friedman(2000, 1),
      { n_trees: 2000 },
      {
        seed: 1,
        workers: 2,
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

  it('keeps what it learned of three hundred categories', async () => {
    const uniform = seededUniform(5);
    const airports = Array.from({ length: 300 }, (_, i) => ({ code: `A${i}`, delay: uniform() * 20 }));
    const flights = (rows: number): TrainingSet => {
      const origins = Array.from({ length: rows }, () => airports[Math.floor(uniform() * uniform() * 300)]);
      return {
        rows,
        features: [
          categoryColumn(
            'origin',
            origins.map(({ code }) => code),
          ),
          numberColumn('noise', origins.map(uniform)),
        ],
        target: regressionTarget(origins.map(({ delay }) => delay + uniform())),
      };
    };
    expect(evaluate(await train(flights(20_000), { max_features: 1 }), flights(2000)).r2).toBeGreaterThan(0.97);
  });

  it('is not taken in by a feature of many categories that means nothing', async () => {
    const uniform = seededUniform(6);
    const rows = 2000;
    const signal = Array.from({ length: rows }, uniform);
    const set: TrainingSet = {
      rows,
      features: [
        numberColumn('signal', signal),
        categoryColumn(
          'airport',
          signal.map(() => `A${Math.floor(uniform() * 250)}`),
        ),
      ],
      target: regressionTarget(signal.map((value) => value + 2 * uniform())),
    };
    const [signalShare, airportShare] = (await train(set, { min_samples_leaf: 50, max_features: 1 })).importances();
    expect(signalShare).toBeGreaterThan(9 * airportShare);
  });

  it('sends a missing value where it belongs', async () => {
    const uniform = seededUniform(7);
    const known = Array.from({ length: 1000 }, () => (uniform() < 0.3 ? NaN : uniform()));
    const set: TrainingSet = {
      rows: 1000,
      features: [numberColumn('x', known)],
      target: regressionTarget(known.map((x) => (Number.isNaN(x) ? 5 : x))),
    };
    const [missing, low, high] = (await train(set)).predict([[null], [0.1], [0.9]]);
    expect([missing, low, high].map((value) => Math.round(value * 10) / 10)).toEqual([5, 0.1, 0.9]);
  });

  it('compares in single precision, as an exported model would', async () => {
    const model = await train(friedman(500, 1));
    const rows = rowsOf(friedman(200, 3));
    expect(model.predict(rows.map((row) => row.map((value) => Math.fround(Number(value)))))).toEqual(model.predict(rows));
  });

  it('gives a rare class more say by its weight', async () => {
    const uniform = seededUniform(8);
    const rows = 2000;
    const x = Array.from({ length: rows }, uniform);
    const set: TrainingSet = {
      rows,
      features: [numberColumn('x', x)],
      target: classTarget(x.map((value) => uniform() < 0.2 * value)),
    };
    const meanOf = (model: Model): number =>
      model
        .predictProbabilityColumns(set.features)
        .filter((_, i) => i % 2 === 1)
        .reduce((sum, p) => sum + p / rows, 0);
    const [plain, weighted, balanced] = await Promise.all(
      [{}, { class_weight: { true: 3 } }, { class_weight: 'balanced' }].map((params) =>
        train(set, { min_samples_leaf: 50, ...params }),
      ),
    );
    expect([plain, weighted, balanced].map((model) => Math.round(10 * meanOf(model)) / 10)).toEqual([0.1, 0.2, 0.4]);
  });

  it('names the class that a weight was meant for when there is none', async () => {
    const set = aTrainingSet({ rows: 4, target: classTarget(['late', 'early', 'late', 'early']) });
    await expect(train(set, { class_weight: { lte: 2 } })).rejects.toThrow(
      'class_weight.lte: the target has no such class, but early, late',
    );
    await expect(train(aTrainingSet(), { class_weight: 'balanced' })).rejects.toThrow('a regression has no classes to weigh');
  });

  it('loads from bytes that lie anywhere', async () => {
    const model = await train(friedman(200, 1));
    const shifted = new Uint8Array(model.serialise().length + 3).subarray(3);
    shifted.set(model.serialise());
    expect(loadModel(shifted).predictColumns(friedman(50, 2).features)).toEqual(model.predictColumns(friedman(50, 2).features));
  });
});
