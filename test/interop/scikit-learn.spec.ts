import type { Model, Target, TrainingSet } from '../../src/estimators/estimator.types.js';
import { fit } from '../../src/estimators/estimators.service.js';
import { evaluate } from '../../src/estimators/evaluation.estimator.js';
import { classificationMetrics } from '../../src/estimators/metrics/classification.js';
import { regressionMetrics } from '../../src/estimators/metrics/regression.js';
import { numberColumn, regressionTarget, seededUniform } from '../fixtures/training-set.js';
import { Exchange, rowsOf } from './scikit-learn/exchange.js';

const ROWS = 8000;
const TRAINING_ROWS = 6000;
const FEATURES = 8;

interface Peer {
  readonly metrics: Readonly<Record<string, number>>;
  readonly importances: readonly number[];
  readonly answer: readonly number[];
}

const exchange = new Exchange();

const uniform = seededUniform(42);
const normal = (): number => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
const columns = Array.from({ length: FEATURES }, () => Array.from({ length: ROWS }, uniform));
/** Friedman's first benchmark with noise of variance 1. */
const response = columns[0].map(
  (x, row) =>
    10 * Math.sin(Math.PI * x * columns[1][row]) +
    20 * (columns[2][row] - 0.5) ** 2 +
    10 * columns[3][row] +
    5 * columns[4][row] +
    normal(),
);
const classesOf = (edges: readonly number[]): Target => ({
  problem: 'classification',
  classes: [...edges, Infinity].map((_, k) => `class ${k}`),
  codes: Int32Array.from(response, (y) => edges.filter((edge) => y + 3 * normal() > edge).length),
});

function part(target: Target, from: number, to: number): TrainingSet {
  const features = columns.map((values, i) => numberColumn(`x${i}`, values.slice(from, to)));
  return { rows: to - from, features, target: rowsOf(target, from, to) };
}

/** The same table and parameters for both. */
async function both(
  target: Target,
  params: { max_features: number; min_samples_leaf: number; class_weight?: Record<string, number> },
): Promise<{ ours: Model; test: TrainingSet; peer: Peer }> {
  const cells = Float64Array.from(target.problem === 'regression' ? target.values : target.codes);
  await exchange.write('y.bin', cells);
  await exchange.write('x.bin', Float64Array.from(columns[0].flatMap((_, row) => columns.map((values) => values[row]))));
  const weights = Object.fromEntries(
    Object.entries(params.class_weight ?? {}).map(([label, weight]) => [label.replace('class ', ''), weight]),
  );
  const task = { ...params, problem: target.problem, features: FEATURES, training_rows: TRAINING_ROWS, class_weight: weights };
  await exchange.write('task.json', task);
  const peer = await exchange.run<Peer>('forest.py');
  const ours = await fit('random_forest', part(target, 0, TRAINING_ROWS), { n_trees: 100, ...params }, { seed: 1, workers: 0 });
  return { ours, test: part(target, TRAINING_ROWS, ROWS), peer };
}

const farthest = (ours: Iterable<number>, theirs: readonly number[]): number =>
  Math.max(...[...ours].map((value, i) => Math.abs(value - theirs[i])));
const meanDistance = (ours: Float64Array, theirs: readonly number[]): number =>
  theirs.reduce((sum, value, i) => sum + Math.abs(value - ours[i]) / theirs.length, 0);

describe('a random forest agrees with scikit-learn', () => {
  it.each([
    { max_features: 1, min_samples_leaf: 1 },
    { max_features: 0.5, min_samples_leaf: 5 },
  ])('on a regression with %o', async (params) => {
    const { ours, test, peer } = await both(regressionTarget(response), params);
    const metrics = evaluate(ours, test);
    expect(Math.abs(metrics.r2 - peer.metrics.r2)).toBeLessThan(0.005);
    expect(meanDistance(ours.predictColumns(test.features), peer.answer)).toBeLessThan(0.3);
    expect(farthest(ours.importances(), peer.importances)).toBeLessThan(0.02);
  });

  it.each<{ name: string; edges: number[]; class_weight?: Record<string, number> }>([
    { name: 'two classes', edges: [15] },
    { name: 'two classes of different weight', edges: [18], class_weight: { 'class 0': 1, 'class 1': 4 } },
    { name: 'three classes', edges: [12, 17] },
    { name: 'three classes of different weight', edges: [12, 17], class_weight: { 'class 0': 3, 'class 1': 1, 'class 2': 2 } },
  ])('on $name', async ({ edges, class_weight }) => {
    const { ours, test, peer } = await both(classesOf(edges), { max_features: 0.5, min_samples_leaf: 10, class_weight });
    const metrics = evaluate(ours, test);
    expect(Math.abs(metrics.roc_auc - peer.metrics.roc_auc)).toBeLessThan(0.005);
    expect(Math.abs(metrics.log_loss - peer.metrics.log_loss)).toBeLessThan(0.01);
    // Two seeds of scikit-learn differ by 0.024.
    expect(meanDistance(ours.predictProbabilityColumns(test.features), peer.answer)).toBeLessThan(0.03);
    expect(farthest(ours.importances(), peer.importances)).toBeLessThan(0.02);
  });
});

describe('the metrics are those of scikit-learn', () => {
  const compare = async (
    problem: string,
    truth: Iterable<number>,
    outputs: Float64Array,
    ours: Readonly<Record<string, number>>,
  ): Promise<void> => {
    await exchange.write('metrics.json', { problem, truth: [...truth], outputs: [...outputs] });
    const theirs = await exchange.run<Record<string, number>>('metrics.py', 'metrics.json');
    expect(Object.keys(ours).sort()).toEqual(Object.keys(theirs).sort());
    for (const [name, value] of Object.entries(theirs)) expect([name, ours[name]]).toEqual([name, expect.closeTo(value, 9)]);
  };

  it('of a regression', async () => {
    const truth = Float64Array.from({ length: 500 }, normal);
    const outputs = truth.map((value) => value + normal());
    await compare('regression', truth, outputs, regressionMetrics(truth, outputs));
  });

  it.each([2, 4])('of %d classes, with ties', async (classes) => {
    const truth = Int32Array.from({ length: 500 }, () => Math.floor(uniform() * classes));
    const raw = Array.from(truth, (k) =>
      Array.from({ length: classes }, (_, own) => Math.ceil(uniform() * 4) + (own === k ? 1 : 0)),
    );
    const outputs = Float64Array.from(
      raw.flatMap((row) => row.map((value) => value / row.reduce((sum, other) => sum + other, 0))),
    );
    await compare('classification', truth, outputs, classificationMetrics(truth, outputs, classes));
  });
});
