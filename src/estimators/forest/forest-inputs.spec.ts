import {
  categoryColumn,
  classTarget,
  numberColumn,
  regressionTarget,
  seededUniform,
} from '../../../test/fixtures/training-set.js';
import type { FeatureColumn, Model, Target } from '../estimator.types.js';
import { fit } from '../estimators.service.js';

const ROWS = 1200;
const uniform = seededUniform(12);
const x = Array.from({ length: ROWS }, uniform);

const train = (features: readonly FeatureColumn[], target: Target, params: object = {}): Promise<Model> =>
  fit('random_forest', { rows: ROWS, features, target }, { n_trees: 20, ...params }, { seed: 1, workers: 0 });
const answersOf = (model: Model, values: readonly (number | string | null)[]): number[] => [
  ...model.predict(values.map((value) => [value])),
];
const round = (values: readonly number[]): number[] => values.map((value) => Math.round(10 * value) / 10);

describe('a number in a forest', () => {
  it('that is missing for the first time goes with most rows', async () => {
    // Nine in ten rows are below the step.
    const model = await train([numberColumn('x', x)], regressionTarget(x.map((value) => (value < 0.9 ? 1 : 5))), {
      max_depth: 1,
    });
    expect(round(answersOf(model, [null, 0.5, 0.95]))).toEqual([1, 1, 5]);
  });

  it('that is infinite or beyond what training saw counts as the nearest that it saw', async () => {
    const model = await train([numberColumn('x', x)], regressionTarget(x));
    const [lowest, highest] = answersOf(model, [Math.min(...x), Math.max(...x)]);
    expect(answersOf(model, [-Infinity, -1e300, 1e300, Infinity])).toEqual([lowest, lowest, highest, highest]);
  });

  it('may say the most by being missing, in a classification too', async () => {
    const values = x.map((value) => (value < 0.4 ? NaN : value));
    const model = await train(
      [numberColumn('x', values)],
      classTarget(values.map((value) => (Number.isNaN(value) ? 'none' : 'some'))),
    );
    expect(answersOf(model, [null, 0.5]).map((k) => model.classes[k])).toEqual(['none', 'some']);
  });
});

describe('a category in a forest', () => {
  const cities = x.map((value) => ['ATL', 'JFK', 'LAX'][Math.floor(3 * value)]);
  const delays = regressionTarget(cities.map((city) => (city === 'JFK' ? 5 : 1)));

  it('that is missing or unseen for the first time goes with most rows', async () => {
    const model = await train([categoryColumn('city', cities)], delays);
    expect(round(answersOf(model, ['ATL', 'JFK', 'LAX', null, 'Oz']))).toEqual([1, 5, 1, 1, 1]);
  });

  it('has a meaning of its own where it is missing in training', async () => {
    const some = cities.map((city) => (city === 'JFK' ? null : city));
    const model = await train([categoryColumn('city', some)], delays);
    expect(round(answersOf(model, [null, 'ATL', 'LAX']))).toEqual([5, 1, 1]);
  });

  it('among four hundred shares its place with the rarest, which are not lost', async () => {
    // Two hundred have 4.5 rows each and say 0. Two hundred have 1.5 rows each and say 1: 55 of them in a bin of their own, 145 in one.
    const kinds = x.map((value, row) =>
      row % 4 === 0 ? `rare ${Math.floor(row / 4) % 200}` : `city ${Math.floor(200 * value)}`,
    );
    const target = regressionTarget(kinds.map((kind) => Number(kind.startsWith('rare'))));
    const model = await train([categoryColumn('city', kinds)], target, { max_features: 1 });
    const rare = answersOf(
      model,
      Array.from({ length: 200 }, (_, i) => `rare ${i}`),
    );
    expect(rare.filter((value) => value > 0.6).length).toBeGreaterThan(190);
  });
});

describe('the columns of a forest', () => {
  const columns = Array.from({ length: 6 }, (_, i) => numberColumn(`x${i}`, x.map(uniform)));
  const [first, , third] = columns.map((column) => (column.type === 'number' ? column.values : []));
  const target = regressionTarget(x.map((_, row) => 3 * first[row] + (third[row] > 0.5 ? 1 : 0)));

  it('may come in any order: the same trees, and each its own importance', async () => {
    const order = [4, 2, 0, 5, 1, 3];
    const plain = await train(columns, target, { max_features: 0.4 });
    const shuffled = await train(order.map((i) => columns[i]), target, { max_features: 0.4 }); // prettier-ignore
    expect(shuffled.predictColumns(columns)).toEqual(plain.predictColumns(columns));
    expect(shuffled.importances()).toEqual(order.map((i) => plain.importances()[i]));
  });

  it('share out an importance of one among them, most to those that matter', async () => {
    const importances = (await train(columns, target)).importances();
    expect(importances.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12);
    expect(importances.map((share) => Math.round(10 * share) > 0)).toEqual([true, false, true, false, false, false]);
  });

  it('have no importance where no split was worth it', async () => {
    const model = await train(columns, target, { min_samples_leaf: ROWS });
    expect(model.importances()).toEqual([0, 0, 0, 0, 0, 0]);
  });
});

describe('the classes of a forest', () => {
  const values = x.map((value) => Math.floor(10 * value));
  const target = classTarget(values.map((value) => (value === 9 ? 'rare' : value > 4 ? 'late' : 'early')));
  // Nothing can be told apart: the answer is how often a class was drawn.
  const drawn = async (params: object): Promise<Record<string, number>> => {
    const model = await train([numberColumn('constant', x.map(() => 1))], target, params); // prettier-ignore
    return Object.fromEntries([...model.predictProbability([[1]])].map((share, k) => [String(model.classes[k]), share]));
  };

  it('are drawn as often as they occur, by the weights given, or all alike', async () => {
    const near = (share: number): unknown => expect.closeTo(share, 1);
    expect(await drawn({})).toEqual({ early: near(0.5), late: near(0.4), rare: near(0.1) });
    expect(await drawn({ class_weight: { rare: 9 } })).toEqual({ early: near(0.28), late: near(0.22), rare: near(0.5) });
    expect(await drawn({ class_weight: 'balanced' })).toEqual({ early: near(1 / 3), late: near(1 / 3), rare: near(1 / 3) });
  });

  it('may be named without a row of theirs', async () => {
    const { codes, classes } = target as Extract<Target, { problem: 'classification' }>;
    const wider: Target = { problem: 'classification', classes: [...classes, 'never'], codes };
    const model = await train([numberColumn('x', x)], wider, { class_weight: 'balanced' });
    const probabilities = model.predictProbability([[0.1], [0.95]]);
    expect([probabilities[3], probabilities[7]]).toEqual([0, 0]);
    expect([...model.predict([[0.1], [0.95]])].map((k) => model.classes[k])).toEqual(['early', 'rare']);
  });
});
