import type { FeatureColumn, FitOptions, Model, Problem, Target, TrainingSet } from '../../src/estimators/estimator.types.js';
import { CorruptModelError, UnfitInputError, UntrainableError } from '../../src/estimators/estimators.errors.js';
import { findEstimator, fit, loadModel } from '../../src/estimators/estimators.service.js';
import {
  aTrainingSet,
  categoryColumn,
  classTarget,
  numberColumn,
  regressionTarget,
  rowsOf,
  seededUniform,
  textColumn,
} from '../fixtures/training-set.js';

/**
 * What every estimator keeps, after scikit-learn's common checks. An estimator's spec calls it with parameters that make a small
 * model.
 */
export function keepsEstimatorContract(name: string, params: Readonly<Record<string, unknown>>): void {
  for (const problem of findEstimator(name).problems) {
    describe(`for a ${problem}`, () => {
      keepsContractFor(name, params, problem);
      describe('with texts', () => keepsTextContractFor(name, params, problem));
    });
  }
}

function keepsContractFor(name: string, params: Readonly<Record<string, unknown>>, problem: Problem): void {
  const train = (set: TrainingSet, options: Partial<FitOptions> = {}): Promise<Model> =>
    fit(name, set, params, { seed: 1, workers: 0, ...options });
  const set = asProblem(aTrainingSet(), problem);
  const scores = (model: Model, columns: readonly FeatureColumn[] = set.features): number[] => [
    ...(problem === 'regression' ? model.predictColumns(columns) : model.predictProbabilityColumns(columns)),
  ];
  const learns = async (features: readonly FeatureColumn[], target: Target = set.target): Promise<Model> =>
    train({ rows: set.rows, features, target });

  it('says what it was trained on', async () => {
    const { estimator, problem: kind, features, classes } = await train(set);
    expect({ estimator, kind, features }).toEqual({
      estimator: name,
      kind: problem,
      features: set.features.map(({ name: column, type }) => ({ name: column, type })),
    });
    expect(classes).toEqual(set.target.problem === 'classification' ? set.target.classes : []);
  });

  it('gives the same model for the same seed', async () => {
    expect((await train(set)).serialise()).toEqual((await train(set)).serialise());
  });

  it('gives one finite answer a row', async () => {
    const answers = (await train(set)).predict(rowsOf(set));
    expect([answers.length, answers.every(Number.isFinite)]).toEqual([set.rows, true]);
  });

  it('answers rows and columns alike, one by one and all at once', async () => {
    const model = await train(set);
    const rows = rowsOf(set);
    expect(model.predict(rows)).toEqual(model.predictColumns(set.features));
    expect(rows.flatMap((row) => [...model.predict([row])])).toEqual([...model.predict(rows)]);
    expect(model.predict([])).toEqual(new Float64Array(0));
  });

  it('gives the same scores for columns in another order, in training and after it', async () => {
    const turned = set.features.toReversed();
    expect(scores(await learns(turned))).toEqual(scores(await train(set)));
    expect(scores(await train(set), turned)).toEqual(scores(await train(set)));
  });

  it('predicts the same after it was written and read', async () => {
    const model = await train(set);
    const read = loadModel(model.serialise());
    expect(scores(read)).toEqual(scores(model));
    expect([read.features, read.classes, read.importances()]).toEqual([model.features, model.classes, model.importances()]);
  });

  it('takes a category that it never saw for a missing one', async () => {
    const model = await train(set);
    expect(model.predict([[0.5, 'Oz']])).toEqual(model.predict([[0.5, null]]));
  });

  it('shares out its importances', async () => {
    const importances = (await train(set)).importances();
    const sum = importances.reduce((total, share) => total + share, 0);
    expect(importances).toHaveLength(2);
    expect([0, 1].some((whole) => Math.abs(whole - sum) < 1e-9)).toBe(true);
  });

  it.each<[string, readonly FeatureColumn[]]>([
    ['one feature', [numberColumn('a', rowNumbers(set))]],
    ['a feature that never changes', [numberColumn('a', rowNumbers(set).fill(7))]],
    [
      'a feature that is always missing',
      [
        numberColumn('a', rowNumbers(set).fill(NaN)),
        categoryColumn(
          'b',
          rowNumbers(set).map(() => null),
        ),
      ],
    ],
    [
      'huge values',
      [
        numberColumn(
          'a',
          rowNumbers(set).map((row) => (row % 2 ? -1 : 1) * row * 1e305),
        ),
      ],
    ],
    [
      'tiny values',
      [
        numberColumn(
          'a',
          rowNumbers(set).map((row) => row * 1e-310),
        ),
      ],
    ],
    [
      'missing values',
      [
        numberColumn(
          'a',
          rowNumbers(set).map((row) => (row % 3 ? row : NaN)),
        ),
        set.features[1],
      ],
    ],
    [
      'more features than rows',
      rowNumbers(set)
        .concat(0.5)
        .map((column) =>
          numberColumn(
            `f${column}`,
            rowNumbers(set).map((row) => (row * 7 + column) % 13),
          ),
        ),
    ],
    [
      'hundreds of categories',
      [
        categoryColumn(
          'a',
          rowNumbers(set).map((row) => `category ${row}`),
        ),
      ],
    ],
  ])('learns from %s', async (_, features) => {
    expect(scores(await learns(features), features).every(Number.isFinite)).toBe(true);
  });

  it('learns from rows that are all there twice', async () => {
    const twice = [...rowNumbers(set), ...rowNumbers(set)].map((row) => row % 100);
    const doubled = asProblem({ ...aTrainingSet({ rows: twice.length }), features: [numberColumn('a', twice)] }, problem);
    expect(scores(await train(doubled), doubled.features).every(Number.isFinite)).toBe(true);
  });

  it.each<[string, TrainingSet, RegExp]>([
    ['no rows', asProblem(aTrainingSet({ rows: 0 }), problem), /no rows/],
    ['one row', asProblem(aTrainingSet({ rows: 1 }), problem), /nothing to/],
    ['no features', { ...set, features: [] }, /no features/],
    [
      'a constant target',
      {
        ...set,
        target:
          problem === 'regression' ? regressionTarget(rowNumbers(set).fill(3)) : classTarget(rowNumbers(set).map(() => 'late')),
      },
      /nothing to/,
    ],
    [
      'an infinite feature',
      { ...set, features: [numberColumn('a', rowNumbers(set).fill(-Infinity, 5))] },
      /"a" is infinite in row 5/,
    ],
  ])('refuses %s and says so', async (_, unfit, message) => {
    const error = await train(unfit).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UntrainableError);
    expect((error as Error).message).toMatch(message);
  });

  it('does not begin when it is already cancelled', async () => {
    const progress: number[] = [];
    const fitting = train(set, { signal: AbortSignal.abort('too late'), onProgress: (share) => progress.push(share) });
    await expect(fitting).rejects.toBe('too late');
    expect(progress).toEqual([]);
  });

  it('does no further step after it was cancelled', async () => {
    const controller = new AbortController();
    const progress: number[] = [];
    const onProgress = (share: number): void => {
      progress.push(share);
      controller.abort('enough');
    };
    const outcome = await train(set, { signal: controller.signal, onProgress }).then(
      () => 'done',
      (reason: unknown) => reason,
    );
    expect([progress.length, outcome]).toEqual([1, progress[0] === 1 ? 'done' : 'enough']);
  });

  it('tells its progress up to the end', async () => {
    const progress: number[] = [];
    await train(set, { onProgress: (share) => progress.push(share) });
    expect(progress).toEqual(progress.toSorted((a, b) => a - b));
    expect(progress.at(-1)).toBe(1);
  });

  it('refuses a row that is too short, and columns that lack one or have another type', async () => {
    const model = await train(set);
    expect(() => model.predict([[0.5, 'ATL'], [0.5]])).toThrow(UnfitInputError);
    expect(() => model.predictColumns([set.features[0]])).toThrow('There is no column "origin"');
    expect(() => model.predictColumns([set.features[0], numberColumn('origin', rowNumbers(set))])).toThrow(
      'The column "origin" is a number',
    );
  });

  it('survives no damage to its file, and never breaks the reader', async () => {
    const bytes = (await train(set)).serialise();
    const uniform = seededUniform(3);
    const damaged = Array.from({ length: 100 }, () => {
      const copy = bytes.slice();
      copy[Math.floor(uniform() * copy.length)] ^= 1 << Math.floor(uniform() * 8);
      return copy;
    });
    const cut = Array.from({ length: 50 }, () => bytes.slice(0, Math.floor(uniform() * bytes.length)));
    const longer = new Uint8Array([...bytes, ...new Uint8Array(8)]);
    for (const broken of [...damaged, ...cut, longer]) expect(() => loadModel(broken)).toThrow(CorruptModelError);
  });

  if (problem === 'classification') {
    it.each([2, 3])('gives probabilities of %d classes that sum to 1, and predicts the likeliest', async (classes) => {
      const model = await learns(set.features, classTarget(rowNumbers(set).map((row) => `class ${((row * row) % 7) % classes}`)));
      const probabilities = model.predictProbability(rowsOf(set));
      const answers = model.predict(rowsOf(set));
      for (let row = 0; row < set.rows; row++) {
        const own = [...probabilities.subarray(row * classes, (row + 1) * classes)];
        expect(Math.abs(own.reduce((sum, share) => sum + share, 0) - 1)).toBeLessThan(1e-9);
        expect(own[answers[row]]).toBe(Math.max(...own));
      }
    });
  } else {
    it('has no probabilities', async () => {
      const model = await train(set);
      expect(() => model.predictProbability(rowsOf(set))).toThrow(TypeError);
    });

    it.each([1e308, 1e-308])('learns a target of the size of %d', async (size) => {
      const answers = scores(
        await learns(set.features, regressionTarget(rowNumbers(set).map((row) => (row % 5 ? size : -size)))),
      );
      expect(answers.every((answer) => Math.abs(answer) <= size)).toBe(true);
    });
  }
}

/** Texts, which come to an estimator as numbers: what it does with them must not depend on that. */
function keepsTextContractFor(name: string, params: Readonly<Record<string, unknown>>, problem: Problem): void {
  const plain = asProblem(aTrainingSet({ rows: 80 }), problem);
  const remarks = plain.features[0].type === 'number' ? [...plain.features[0].values].map(aRemark) : [];
  const set: TrainingSet = { ...plain, features: [...plain.features, textColumn('remark', remarks)] };
  let model: Model;
  beforeAll(async () => {
    model = await fit(name, set, params, { seed: 1, workers: 0 });
  });
  const scores = (from: Model, columns: readonly FeatureColumn[] = set.features): number[] => [
    ...(problem === 'regression' ? from.predictColumns(columns) : from.predictProbabilityColumns(columns)),
  ];

  it('takes them as they were written, by rows and by columns', () => {
    expect(model.features[2]).toEqual({ name: 'remark', type: 'text' });
    expect(model.predict(rowsOf(set))).toEqual(model.predictColumns(set.features));
    expect(scores(model).every(Number.isFinite)).toBe(true);
    expect(() => model.predictColumns(set.features.with(2, plain.features[0]))).toThrow(UnfitInputError);
  });

  it('takes a missing text for an empty one, and for one of unknown words', () => {
    const [missing, empty, unknown] = [null, '', 'xyzzy'].map((remark) => model.predict([[0.5, 'ATL', remark]])[0]);
    expect([empty, unknown]).toEqual([missing, missing]);
  });

  it('predicts the same after it was written and read, and for columns in another order', async () => {
    const read = loadModel(model.serialise());
    expect(scores(read)).toEqual(scores(model));
    expect([read.estimator, read.features, read.importances()]).toEqual([name, model.features, model.importances()]);
    const turned = set.features.toReversed();
    expect(scores(model, turned)).toEqual(scores(model));
    expect(scores(await fit(name, { ...set, features: turned }, params, { seed: 1, workers: 0 }))).toEqual(scores(model));
  });

  it('gives a text what its terms have of the importances', () => {
    const importances = model.importances();
    const sum = importances.reduce((total, share) => total + share, 0);
    expect([importances.length, Math.round(sum * 1e9) / 1e9]).toEqual([3, name === 'baseline' ? 0 : 1]);
  });
}

const aRemark = (value: number, row: number): string | null =>
  row % 9 === 0 ? null : `A ${value > 0.5 ? 'long' : 'short'} flight, ${row % 2 ? 'smooth' : 'bumpy'}`;

const rowNumbers = ({ rows }: TrainingSet): number[] => Array.from({ length: rows }, (_, row) => row);

/** The target of a classification is whether that of the regression is above its median. */
function asProblem(set: TrainingSet, problem: Problem): TrainingSet {
  if (problem === 'regression' || set.target.problem === 'classification') return set;
  const { values } = set.target;
  const median = values.toSorted()[values.length >> 1];
  return {
    ...set,
    target: { problem, classes: [false, true], codes: Int32Array.from(values, (value) => Number(value > median)) },
  };
}
