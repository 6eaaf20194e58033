import type { Model, Target, TrainingSet } from '../../src/estimators/estimator.types.js';
import { fit } from '../../src/estimators/estimators.service.js';
import { evaluate } from '../../src/estimators/evaluation.estimator.js';
import { categoryColumn, numberColumn, regressionTarget, seededUniform } from '../fixtures/training-set.js';
import { Exchange, rowsOf } from './scikit-learn/exchange.js';

const ROWS = 3000;
const TRAINING_ROWS = 2000;

const exchange = new Exchange();

const uniform = seededUniform(7);
/** Of very different size, two of them alike. */
const columns = [1, 1000, 0.001, 5, 5].map((size) => Array.from({ length: ROWS }, () => size * uniform()));
columns[4] = columns[3].map((value) => value + 0.5 * uniform());
const city = Array.from({ length: ROWS }, () => Math.floor(4 * uniform() * uniform()));
const response = columns[0].map(
  (x, row) => 3 * x + 0.002 * columns[1][row] + columns[3][row] ** 2 / 5 + city[row] + 2 * uniform(),
);
const classesOf = (edges: readonly number[]): Target => ({
  problem: 'classification',
  classes: [...edges, Infinity].map((_, k) => String(k)),
  codes: Int32Array.from(response, (y) => edges.filter((edge) => y > edge).length),
});

function part(target: Target, from: number, to: number, withCity: boolean): TrainingSet {
  const cities = categoryColumn('city', city.slice(from, to).map((code) => `city ${code}`)); // prettier-ignore
  const numbers = columns.map((values, i) => numberColumn(`x${i}`, values.slice(from, to)));
  return { rows: to - from, features: withCity ? [...numbers, cities] : numbers, target: rowsOf(target, from, to) };
}

/** The same table and parameters for both. @returns our answers for the test rows beside theirs */
async function both(
  estimator: string,
  target: Target,
  params: object,
): Promise<{ model: Model; ours: Float64Array; theirs: readonly number[]; zeros: number }> {
  const answers = Float64Array.from(target.problem === 'regression' ? target.values : target.codes);
  await exchange.write('y.bin', answers);
  await exchange.write('city.bin', Float64Array.from(city));
  await exchange.write('x.bin', Float64Array.from(city.flatMap((_, row) => columns.map((values) => values[row]))));
  const task = { estimator, params, features: columns.length, training_rows: TRAINING_ROWS };
  await exchange.write('task.json', task);
  const { answer, zeros } = await exchange.run<{ answer: number[]; zeros: number }>('linear.py');
  const withCity = estimator !== 'polynomial_regression';
  const model = await fit(estimator, part(target, 0, TRAINING_ROWS, withCity), params, { seed: 1 });
  const test = part(target, TRAINING_ROWS, ROWS, withCity);
  const ours =
    model.problem === 'regression' ? model.predictColumns(test.features) : model.predictProbabilityColumns(test.features);
  return { model, ours, theirs: answer, zeros };
}

const farthest = (ours: Float64Array, theirs: readonly number[]): number =>
  Math.max(...theirs.map((value, i) => Math.abs(value - ours[i])));

describe('linear models agree with scikit-learn', () => {
  it.each<[string, object, number]>([
    ['linear_regression', {}, 1e-6],
    ['ridge', { alpha: 10 }, 1e-8],
    ['ridge', { alpha: 0.001 }, 1e-8],
    ['lasso', { alpha: 0.02 }, 1e-6],
    ['polynomial_regression', { degree: 2 }, 1e-5],
  ])('%s with %o, in every prediction', async (estimator, params, tolerance) => {
    const { ours, theirs } = await both(estimator, regressionTarget(response), params);
    expect(farthest(ours, theirs)).toBeLessThan(tolerance);
  });

  it('lasso leaves out as many columns', async () => {
    const { model, zeros } = await both('lasso', regressionTarget(response), { alpha: 0.1 });
    const left = model.importances().filter((share) => share === 0).length;
    expect(zeros).toBeGreaterThan(0);
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThanOrEqual(zeros);
  });

  it.each<{ name: string; edges: number[]; params: object }>([
    { name: 'two classes', edges: [8], params: { alpha: 1 } },
    { name: 'two classes of different weight', edges: [8], params: { alpha: 0.1, class_weight: { 0: 1, 1: 5 } } },
    { name: 'three classes', edges: [6, 9], params: { alpha: 1 } },
    { name: 'three classes of different weight', edges: [6, 9], params: { alpha: 2, class_weight: { 0: 3, 1: 1, 2: 2 } } },
  ])('logistic_regression of $name, in every probability', async ({ edges, params }) => {
    const { ours, theirs } = await both('logistic_regression', classesOf(edges), params);
    expect(farthest(ours, theirs)).toBeLessThan(1e-5);
  });
});

describe('the forest of ml-random-forest', () => {
  it('learns a curve nearly as well as ours', async () => {
    const training = part(regressionTarget(response), 0, 1000, true);
    const test = part(regressionTarget(response), TRAINING_ROWS, ROWS, true);
    const r2 = async (estimator: string): Promise<number> =>
      evaluate(await fit(estimator, training, { n_trees: 10 }, { seed: 1, workers: 0 }), test).r2;
    expect(await r2('ml_random_forest')).toBeGreaterThan((await r2('random_forest')) - 0.1);
  });
});
