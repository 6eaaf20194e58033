import type { TrainingSet } from '../estimators/estimator.types.js';
import { slice, split } from './split.js';

/** Rows whose only feature and whose target are their own number. */
const numbered = (rows: number): TrainingSet => {
  const values = Float64Array.from({ length: rows }, (_value, index) => index);
  return { rows, features: [{ name: 'x', type: 'number', values }], target: { problem: 'regression', values: values.slice() } };
};

const targets = ({ target }: TrainingSet): number[] => (target.problem === 'regression' ? [...target.values] : []);
const inputs = ({ features: [column] }: TrainingSet): number[] => (column.type === 'number' ? [...column.values] : []);

describe('split', () => {
  it('tests on the newest rows when it goes by time', () => {
    const { training, test } = split(numbered(10), { by: 'time', share: 0.2 }, 1);
    expect([targets(training), targets(test)]).toEqual([
      [0, 1, 2, 3, 4, 5, 6, 7],
      [8, 9],
    ]);
  });

  it('puts every row on one side when it goes by chance', () => {
    const { training, test } = split(numbered(100), { by: 'random', share: 0.3 }, 7);
    expect([training.rows, test.rows]).toEqual([70, 30]);
    expect([...targets(training), ...targets(test)].sort((a, b) => a - b)).toEqual(targets(numbered(100)));
  });

  it('keeps features and targets of a row together', () => {
    const { test } = split(numbered(50), { by: 'random', share: 0.5 }, 3);
    expect(inputs(test)).toEqual(targets(test));
  });

  it('draws the same rows for the same seed and others for another', () => {
    const drawn = (seed: number) => targets(split(numbered(50), { by: 'random', share: 0.2 }, seed).test);
    expect(drawn(1)).toEqual(drawn(1));
    expect(drawn(1)).not.toEqual(drawn(2));
  });

  it.each([0.01, 0.99])('leaves a row on each side at a share of %d', (share) => {
    const { training, test } = split(numbered(3), { by: 'time', share }, 1);
    expect([training.rows > 0, test.rows > 0]).toEqual([true, true]);
  });
});

describe('slice', () => {
  it('looks at the same memory', () => {
    const set = numbered(5);
    const part = slice(set, 1, 3);
    expect([targets(part), inputs(part)]).toEqual([
      [1, 2],
      [1, 2],
    ]);
    expect(
      part.target.problem === 'regression' &&
        set.target.problem === 'regression' &&
        part.target.values.buffer === set.target.values.buffer,
    ).toBe(true);
  });
});
