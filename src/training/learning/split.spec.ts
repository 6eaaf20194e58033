import { classTarget, numberColumn, regressionTarget } from '../../../test/fixtures/training-set.js';
import type { TrainingSet } from '../../estimators/estimator.types.js';
import type { Validation } from '../train.schema.js';
import { split } from './split.js';

const numbersBelow = (rows: number): number[] => Array.from({ length: rows }, (_value, index) => index);

/** Rows whose only feature and whose target are their own number. */
const numbered = (rows: number): TrainingSet => ({
  rows,
  features: [numberColumn('x', numbersBelow(rows))],
  target: regressionTarget(numbersBelow(rows)),
});

/** Rows whose only feature is their own number. */
const labelled = (labels: readonly string[]): TrainingSet => ({
  rows: labels.length,
  features: [numberColumn('x', numbersBelow(labels.length))],
  target: classTarget(labels),
});

const targets = ({ target }: TrainingSet): number[] => (target.problem === 'regression' ? [...target.values] : []);
const inputs = ({ features: [column] }: TrainingSet): number[] => (column.type === 'number' ? [...column.values] : []);
const labels = ({ target }: TrainingSet): unknown[] =>
  target.problem === 'classification' ? Array.from(target.codes, (code) => target.classes[code]) : [];
const times = (length: number, label: string): string[] => Array.from({ length }, () => label);

describe('split', () => {
  it('tests on the newest rows when it goes by time', () => {
    const { training, test } = split(numbered(10), undefined, { by: 'time', share: 0.2 }, 1);
    expect([targets(training), targets(test)]).toEqual([
      [0, 1, 2, 3, 4, 5, 6, 7],
      [8, 9],
    ]);
  });

  it('puts every row on one side when it goes by chance', () => {
    const { training, test } = split(numbered(100), undefined, { by: 'random', share: 0.3 }, 7);
    expect([training.rows, test.rows]).toEqual([70, 30]);
    expect([...targets(training), ...targets(test)].sort((a, b) => a - b)).toEqual(numbersBelow(100));
  });

  it('keeps features and targets of a row together', () => {
    const { test } = split(numbered(50), undefined, { by: 'random', share: 0.5 }, 3);
    expect(inputs(test)).toEqual(targets(test));
  });

  it.each([{ by: 'random' }, { by: 'group', column: 'g' }] as const)('draws the same for the same seed by %j', (validation) => {
    const groups = Int32Array.from(numbersBelow(50), (row) => row % 25);
    const drawn = (seed: number) => targets(split(numbered(50), groups, { ...validation, share: 0.2 } as Validation, seed).test);
    expect(drawn(1)).toEqual(drawn(1));
    expect(drawn(1)).not.toEqual(drawn(2));
  });

  it.each([0.01, 0.99])('leaves a row on each side at a share of %d', (share) => {
    const { training, test } = split(numbered(3), undefined, { by: 'time', share }, 1);
    expect([training.rows > 0, test.rows > 0]).toEqual([true, true]);
  });

  describe('by group', () => {
    const groups = Int32Array.from(numbersBelow(60), (row) => (row % 12) - 1);

    it('has no group on both sides', () => {
      const { training, test } = split(numbered(60), groups, { by: 'group', column: 'g', share: 0.25 }, 5);
      const groupsOf = (set: TrainingSet) => new Set(targets(set).map((row) => groups[row]));
      expect([...groupsOf(training)].filter((group) => groupsOf(test).has(group))).toEqual([]);
      expect([training.rows, test.rows]).toEqual([45, 15]);
    });

    it('holds out the smallest when none is as small as the share', () => {
      const two = Int32Array.from(numbersBelow(10), (row) => Number(row < 4));
      expect(split(numbered(10), two, { by: 'group', column: 'g', share: 0.1 }, 1).test.rows).toBe(4);
    });

    it('cannot hold out the only group', () => {
      expect(() => split(numbered(10), new Int32Array(10), { by: 'group', column: 'g', share: 0.2 }, 1)).toThrow(
        'All rows are of one group',
      );
    });
  });

  describe('within each class', () => {
    const rare = labelled([...times(90, 'often'), ...times(10, 'seldom')]);

    it('keeps the shares of the classes on both sides', () => {
      const { training, test } = split(rare, undefined, { by: 'stratified', share: 0.2 }, 1);
      const seldom = (set: TrainingSet) => labels(set).filter((label) => label === 'seldom').length;
      expect([training.rows, seldom(training), test.rows, seldom(test)]).toEqual([80, 8, 20, 2]);
    });

    it('needs two rows of a class', () => {
      const lonely = labelled([...times(9, 'often'), 'once']);
      expect(() => split(lonely, undefined, { by: 'stratified', share: 0.2 }, 1)).toThrow(
        'leaves no row to train on of the class "once". Each class needs two rows at least.',
      );
    });

    it('takes classes of one row each for what they may be', () => {
      const amounts = labelled(['1', '2', '3', '4']);
      expect(() => split(amounts, undefined, { by: 'stratified', share: 0.2 }, 1)).toThrow('make it a regression');
    });
  });

  it('refuses to test on a class that it cannot train on', () => {
    const late = labelled([...times(8, 'a'), 'b', 'a', 'c', 'b']);
    expect(() => split(late, undefined, { by: 'time', share: 0.25 }, 1)).toThrow(
      'Holding out 0.25 of the rows by time leaves no row to train on of the class "c". Choose another share',
    );
  });

  it('refuses to test on one class only', () => {
    const early = labelled(['b', 'a', 'b', ...times(7, 'a')]);
    expect(() => split(early, undefined, { by: 'time', share: 0.3 }, 1)).toThrow('leaves one class only to test on');
  });
});
