import { categoryColumn, numberColumn, seededUniform } from '../../../test/fixtures/training-set.js';
import type { PlainColumn } from '../estimator.types.js';
import { binsFor, MISSING_BIN, quantileEdges } from './feature-bins.js';

const encoded = (column: PlainColumn): number[] => {
  const bins = new Uint8Array(column.type === 'number' ? column.values.length : column.codes.length);
  binsFor(column).encode(column, bins, 0, 1);
  return [...bins];
};
const times = <T>(count: number, of: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => of(i));

describe('the bins of a number', () => {
  it('keep few distinct values apart', () => {
    expect(encoded(numberColumn('a', [5, 1, 5, 3, NaN]))).toEqual([3, 1, 3, 2, MISSING_BIN]);
  });

  it('hold about equally many rows when the values are many', () => {
    const uniform = seededUniform(1);
    const bins = encoded(
      numberColumn(
        'a',
        times(25_500, () => uniform() ** 3),
      ),
    );
    const sizes = times(255, (i) => bins.filter((bin) => bin === i + 1).length);
    expect([Math.min(...sizes) > 80, Math.max(...sizes) < 120]).toEqual([true, true]);
  });

  it('give a frequent value a bin to itself', () => {
    const uniform = seededUniform(2);
    const column = numberColumn(
      'a',
      times(4000, (i) => (i % 2 ? 0.5 : uniform())),
    );
    const bins = encoded(column);
    expect(new Set(bins.filter((_, row) => column.type === 'number' && column.values[row] !== 0.5)).has(bins[1])).toBe(false);
  });

  it('have edges in single precision that still part their neighbours', () => {
    const neighbours = [1, 1 + 2 ** -23, 1 + 2 ** -22];
    const edges = quantileEdges(Float64Array.from(neighbours));
    expect([...edges]).toEqual([...edges].map(Math.fround));
    expect(encoded(numberColumn('a', neighbours))).toEqual([1, 2, 3]);
  });

  it('take what single precision cannot hold for the largest there is', () => {
    expect(encoded(numberColumn('a', [1e300, -1e300, 0, 1e-300]))).toEqual([3, 1, 2, 2]);
  });

  it('know a boolean and a missing cell, and no text', () => {
    const bins = binsFor(numberColumn('a', [0, 1]));
    expect([bins.binOf(false), bins.binOf(true), bins.binOf(null), bins.binOf(Infinity)]).toEqual([1, 2, MISSING_BIN, 2]);
    expect(() => bins.binOf('1')).toThrow('The feature "a" is a number, and got the text "1".');
  });
});

describe('the bins of a category', () => {
  it('are one for each that occurs, whatever the dictionary', () => {
    const column: PlainColumn = {
      name: 'a',
      type: 'category',
      categories: ['never', 'JFK', 'ATL'],
      codes: Int32Array.of(1, 2, 1, -1),
    };
    const same: PlainColumn = { name: 'a', type: 'category', categories: ['ATL', 'JFK'], codes: Int32Array.of(1, 0, 1, -1) };
    expect(encoded(column)).toEqual(encoded(same));
    expect(new Set(encoded(column)).size).toBe(3);
  });

  it('take one that training did not see for a missing one', () => {
    const bins = binsFor(categoryColumn('a', ['JFK', 'ATL']));
    expect([bins.binOf('Oz'), bins.binOf(null)]).toEqual([MISSING_BIN, MISSING_BIN]);
  });

  it('know a number and a boolean by their text', () => {
    const bins = binsFor(categoryColumn('a', ['7', 'true']));
    expect([bins.binOf(7), bins.binOf(true)]).toEqual([bins.binOf('7'), bins.binOf('true')]);
  });

  it('are shared by the rarest when there are too many', () => {
    const bins = binsFor(
      categoryColumn(
        'a',
        times(300, (i) => `c${i}`).flatMap((name, i) => (i < 254 ? [name, name] : [name])),
      ),
    );
    const rare = new Set(times(46, (i) => bins.binOf(`c${254 + i}`)));
    expect([rare.size, new Set(times(254, (i) => bins.binOf(`c${i}`))).size]).toEqual([1, 254]);
  });
});
