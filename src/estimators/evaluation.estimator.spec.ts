import { classTarget, numberColumn, regressionTarget } from '../../test/fixtures/training-set.js';
import type { ClassLabel, FeatureColumn, Model, Target } from './estimator.types.js';
import { evaluate } from './evaluation.estimator.js';

type Cells = Extract<FeatureColumn, { type: 'number' }>;

/** A model that says what stands in the columns of its input: a value, or the probability of each class. */
const echo = (classes: readonly ClassLabel[]): Model => ({
  estimator: 'echo',
  problem: classes.length === 0 ? 'regression' : 'classification',
  features: [],
  classes,
  predict: () => new Float64Array(0),
  predictProbability: () => new Float64Array(0),
  predictColumns: (columns) => (columns[0] as Cells).values,
  predictProbabilityColumns: (columns) =>
    Float64Array.from(
      (columns[0] as Cells).values.keys().flatMap((row) => columns.map((column) => (column as Cells).values[row])),
    ),
  importances: () => [],
  serialise: () => new Uint8Array(0),
});

function metrics(
  target: Target,
  outputs: readonly (readonly number[])[],
  classes?: readonly ClassLabel[],
): Record<string, number> {
  const features = outputs.map((values, column) => numberColumn(`output ${column}`, values));
  const known = classes ?? (target.problem === 'classification' ? target.classes : []);
  return evaluate(echo(known), { rows: outputs[0].length, features, target });
}

const complement = (probabilities: readonly number[]): number[][] => [probabilities.map((p) => 1 - p), [...probabilities]];

describe('the metrics of a regression', () => {
  it('are those of the errors', () => {
    expect(metrics(regressionTarget([1, 2, 3, 4]), [[1, 2, 3, 8]])).toEqual({ rmse: 2, mae: 1, r2: 1 - 16 / 5 });
  });

  it('leave R² out when the truth never changes', () => {
    expect(metrics(regressionTarget([2, 2]), [[1, 2]])).toEqual({ rmse: Math.sqrt(0.5), mae: 0.5 });
  });
});

describe('the metrics of two classes', () => {
  const truth = classTarget([false, false, false, true, true]);

  it('take the last class for the positive one', () => {
    const { accuracy, precision, recall, f1 } = metrics(truth, complement([0.1, 0.9, 0.2, 0.8, 0.3]));
    expect({ accuracy, precision, recall, f1 }).toEqual({ accuracy: 0.6, precision: 0.5, recall: 0.5, f1: 0.5 });
  });

  it('count for the ROC AUC how many pairs stand in the right order', () => {
    expect(metrics(truth, complement([0.1, 0.9, 0.2, 0.8, 0.3])).roc_auc).toBeCloseTo(4 / 6);
    expect(metrics(truth, complement([0.1, 0.2, 0.3, 0.8, 0.9])).roc_auc).toBe(1);
    expect(metrics(truth, complement([0.9, 0.8, 0.7, 0.2, 0.1])).roc_auc).toBe(0);
  });

  it('count a tie as half', () => {
    expect(metrics(truth, complement([0.5, 0.5, 0.5, 0.5, 0.5])).roc_auc).toBe(0.5);
    expect(metrics(truth, complement([0.1, 0.4, 0.4, 0.4, 0.8])).roc_auc).toBeCloseTo(5 / 6);
  });

  it('take the mean logarithm of what was true', () => {
    expect(metrics(classTarget([false, true]), complement([0.2, 0.7])).log_loss).toBeCloseTo(
      -(Math.log(0.8) + Math.log(0.7)) / 2,
    );
  });

  it('let one sure mistake cost much, but not infinitely much', () => {
    expect(metrics(classTarget([false, true]), complement([0, 0])).log_loss).toBeCloseTo(-Math.log(Number.EPSILON) / 2);
  });

  it('are nought where no positive was predicted', () => {
    expect(metrics(truth, complement([0.1, 0.1, 0.1, 0.1, 0.1]))).toMatchObject({
      accuracy: 0.6,
      precision: 0,
      recall: 0,
      f1: 0,
    });
  });

  it('leave the ROC AUC out when one class alone occurs', () => {
    expect(
      metrics({ problem: 'classification', classes: [false, true], codes: Int32Array.of(1, 1) }, complement([0.2, 0.9])),
    ).not.toHaveProperty('roc_auc');
  });

  it('find the classes by label, however the set numbers them', () => {
    const turned: Target = { problem: 'classification', classes: [true, false], codes: Int32Array.of(0, 1) };
    expect(metrics(turned, complement([0.9, 0.1]), [false, true]).accuracy).toBe(1);
  });

  it('count a class that the model does not know as a sure mistake', () => {
    const strange = metrics(classTarget(['late', 'lost']), complement([0.1, 0.1]), ['late', 'on time']);
    expect(strange.accuracy).toBe(0.5);
    expect(strange.log_loss).toBeCloseTo((-Math.log(0.9) - Math.log(Number.EPSILON)) / 2);
  });
});

describe('the metrics of more classes', () => {
  const truth = classTarget(['a', 'a', 'b', 'b', 'c', 'c']);
  const outputs = [
    [0.8, 0.2, 0.1, 0.3, 0.1, 0.6],
    [0.1, 0.7, 0.8, 0.4, 0.1, 0.3],
    [0.1, 0.1, 0.1, 0.3, 0.8, 0.1],
  ];

  it('are the mean over the classes', () => {
    const { accuracy, precision, recall, f1 } = metrics(truth, outputs);
    expect([accuracy, recall]).toEqual([4 / 6, 4 / 6].map((share) => expect.closeTo(share)));
    expect(precision).toBeCloseTo((1 / 2 + 2 / 3 + 1) / 3);
    expect(f1).toBeCloseTo((1 / 2 + 4 / 5 + 2 / 3) / 3);
  });

  it('compare each class with the rest for the ROC AUC', () => {
    expect(metrics(truth, outputs).roc_auc).toBeCloseTo((6 / 8 + 7 / 8 + 5.5 / 8) / 3);
  });

  it('pass over a class that nobody is and nobody was taken for', () => {
    const spare = [...outputs, outputs[0].map(() => 0)];
    expect(metrics(truth, spare, ['a', 'b', 'c', 'd'])).toEqual(metrics(truth, outputs));
  });
});

describe('evaluate', () => {
  it('refuses an empty set, and a target of another kind', () => {
    expect(() => metrics(regressionTarget([]), [[]])).toThrow('no rows');
    expect(() => metrics(regressionTarget([1]), complement([1]), [false, true])).toThrow(
      'A model for classification cannot be tested on a target for regression',
    );
  });
});
