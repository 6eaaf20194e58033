import { Random } from '../random.js';
import { Bag } from './bag.js';
import type { ForestTask } from './forest-task.js';

/** Rows of which every fourth is of class 1, the others of class 0; the bin of a row is its number. */
function aTask(rows: number, classWeights: readonly number[] = []): ForestTask {
  return {
    seed: 1,
    rows,
    bins: Uint8Array.from({ length: 2 * rows }, (_, i) => (i < rows ? i : 255 - (i - rows))),
    categorical: [false, false],
    target: Float64Array.from({ length: rows }, (_, row) => Number(row % 4 === 0)),
    classes: 2,
    classWeights,
    growth: { trees: 1, maxDepth: 9, minSamplesLeaf: 1, maxFeatures: 1, draws: rows },
  };
}

function dealt(task: ForestTask): Bag {
  const bag = new Bag(task);
  bag.draw(new Random(1, 0));
  return bag;
}

const drawn = (bag: Bag, target: number): number =>
  bag.draws.subarray(0, bag.size).reduce((sum, draws, i) => sum + (bag.targets[i] === target ? draws : 0), 0);

describe('a bag', () => {
  it('holds as many draws as there are rows, of about 63% of them', () => {
    const bag = dealt(aTask(20_000));
    expect(drawn(bag, 0) + drawn(bag, 1)).toBe(20_000);
    expect(bag.size / 20_000).toBeCloseTo(1 - 1 / Math.E, 2);
  });

  it('holds the bins and the target of each of its rows', () => {
    const bag = dealt(aTask(200));
    const { records, targets, size } = bag;
    const rows = Array.from({ length: size }, (_, i) => ({ row: records[2 * i], other: records[2 * i + 1], target: targets[i] }));
    expect(rows).toEqual(rows.map(({ row }) => ({ row, other: 255 - row, target: Number(row % 4 === 0) })));
  });

  it('draws a class more often by its weight', () => {
    expect(drawn(dealt(aTask(20_000)), 1) / 20_000).toBeCloseTo(1 / 4, 2);
    expect(drawn(dealt(aTask(20_000, [1, 3])), 1) / 20_000).toBeCloseTo(1 / 2, 2);
    expect(drawn(dealt(aTask(20_000, [1, 9])), 1) / 20_000).toBeCloseTo(3 / 4, 2);
  });
});
