import { aTrainingSet, categoryColumn, numberColumn, regressionTarget } from '../../test/fixtures/training-set.js';
import type { Target, TrainingSet } from './estimator.types.js';
import { assertTrainable } from './trainable.js';

const three = (overrides: Partial<TrainingSet> = {}): TrainingSet => aTrainingSet({ rows: 3, ...overrides });
const classes = (codes: readonly number[]): Target => ({
  problem: 'classification',
  classes: ['early', 'late'],
  codes: Int32Array.from(codes),
});

describe('a training set', () => {
  it('may have missing values, and more features than rows', () => {
    const features = Array.from({ length: 9 }, (_, i) => numberColumn(`f${i}`, [NaN, 1, NaN]));
    expect(() => assertTrainable(three({ features: [...features, categoryColumn('c', [null, 'a', null])] }))).not.toThrow();
  });

  it.each<[string, TrainingSet, string]>([
    [
      'of two features with one name',
      three({ features: [numberColumn('a', [1, 2, 3]), numberColumn('a', [1, 2, 3])] }),
      'The feature "a" is there twice',
    ],
    [
      'with a feature that is too short',
      three({ features: [numberColumn('a', [1, 2])] }),
      'The feature "a" has 2 values for 3 rows',
    ],
    [
      'with an infinite feature',
      three({ features: [numberColumn('a', [1, 2, -Infinity])] }),
      'The feature "a" is infinite in row 2',
    ],
    [
      'with a code that means no category',
      three({ features: [{ name: 'a', type: 'category', categories: ['x'], codes: Int32Array.of(0, 1, -1) }] }),
      'The feature "a" has no category for its code in row 1',
    ],
    ['with a target that is too long', three({ target: regressionTarget([1, 2, 3, 4]) }), 'The target has 4 values for 3 rows'],
    ['with a missing target', three({ target: regressionTarget([1, NaN, 3]) }), 'The target is NaN in row 1'],
    ['with an infinite target', three({ target: regressionTarget([1, 2, Infinity]) }), 'The target is Infinity in row 2'],
    ['with a row of no class', three({ target: classes([0, 1, -1]) }), 'The target has no class in row 2'],
    ['with a constant target', three({ target: regressionTarget([4, 4, 4]) }), 'The target is 4 in every row'],
    ['of one class', three({ target: classes([1, 1, 1]) }), 'The target has one class only, "late"'],
  ])('%s is refused', (_, set, message) => {
    expect(() => assertTrainable(set)).toThrow(message);
  });
});
