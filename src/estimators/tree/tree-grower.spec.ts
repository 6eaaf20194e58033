import { joinTrees } from '../forest/forest.js';
import { walk } from '../forest/walk.js';
import { Random } from '../random.js';
import { binsFor } from './feature-bins.js';
import type { ForestTask, Tree } from './forest-task.js';
import { TreeGrower } from './tree-grower.js';

/** A feature as plain numbers: NaN is missing; of categories they are the codes. */
interface Column {
  readonly values: readonly number[];
  readonly categorical?: boolean;
}

interface Situation {
  readonly columns: readonly Column[];
  /** Values, or indices of classes. */
  readonly target: readonly number[];
  readonly classes?: number;
  readonly minSamplesLeaf?: number;
  readonly maxDepth?: number;
}

const random = new Random(7, 0);
const uniform = (): number => random.fraction();
const numbers = (rows: number, of: () => number): number[] => Array.from({ length: rows }, of);

function taskOf({ columns, target, classes = 0, minSamplesLeaf = 5, maxDepth = 100 }: Situation): ForestTask {
  const rows = target.length;
  const bins = new Uint8Array(columns.length * rows);
  columns.forEach(({ values, categorical }, feature) => {
    const column = categorical
      ? {
          name: 'x',
          type: 'category' as const,
          categories: [...'abcdefgh'],
          codes: Int32Array.from(values, (code) => (Number.isNaN(code) ? -1 : code)),
        }
      : { name: 'x', type: 'number' as const, values: Float64Array.from(values) };
    binsFor(column).encode(column, bins, feature * rows, 1);
  });
  return {
    seed: 11,
    rows,
    bins,
    categorical: columns.map(({ categorical }) => categorical ?? false),
    target: Float64Array.from(target),
    classes,
    classWeights: [],
    growth: { trees: 1, maxDepth, minSamplesLeaf, maxFeatures: columns.length, draws: rows },
  };
}

/** What the tree says of each row: the value, or the probabilities but the first of two. */
function predictions(task: ForestTask, tree: Tree): number[][] {
  const features = task.categorical.length;
  const forest = joinTrees([tree], task.classes);
  const records = Uint8Array.from(
    { length: task.bins.length },
    (_, i) => task.bins[(i % features) * task.rows + Math.floor(i / features)],
  );
  const leaves = walk(forest, new Int32Array(task.rows), records, features);
  return Array.from(leaves, (leaf) => {
    const value = forest.values[leaf];
    return forest.width === 1 ? [value] : [...forest.distributions.subarray(value * forest.width, (value + 1) * forest.width)];
  });
}

/** A plain, slow tree: tries every cut and every subset, and adds up both sides each time. */
function exactTree({ columns, target, classes = 0, minSamplesLeaf = 5, maxDepth = 100 }: Situation): {
  draws: number[];
  predicted: number[][];
} {
  const dealer = new Random(11, 0);
  const draws = target.map(() => 0);
  target.forEach(() => draws[dealer.below(target.length)]++);
  const predicted: number[][] = target.map(() => []);
  const minDraws = Math.floor((minSamplesLeaf * target.length) / draws.filter((count) => count > 0).length);
  const sum = (rows: readonly number[], of: (row: number) => number): number => rows.reduce((total, row) => total + of(row), 0);
  const drawsOf = (rows: readonly number[]): number => sum(rows, (row) => draws[row]);
  const sides =
    classes > 0
      ? Array.from(
          { length: classes },
          (_, k) =>
            (row: number): number =>
              Number(target[row] === k),
        )
      : [(row: number): number => target[row]];
  /** The squared error around the mean of one class of two or of the value, or Gini impurity times draws. */
  const error = (rows: readonly number[]): number =>
    (classes === 2 ? sides.slice(1) : sides).reduce((total, side) => {
      const mean = sum(rows, (row) => draws[row] * side(row)) / drawsOf(rows);
      return total + sum(rows, (row) => draws[row] * (side(row) - mean) ** 2);
    }, 0);

  const grow = (rows: readonly number[], depth: number): void => {
    const candidates = columns.flatMap((column) => partitions(column, rows).map((left) => ({ column, left: new Set(left) })));
    let best: { gain: number; left: Set<number> } | undefined;
    for (const { column, left } of depth < maxDepth ? candidates : []) {
      if (left.size === 0 || left.size === rows.length) continue;
      const [inside, outside] = [rows.filter((row) => left.has(row)), rows.filter((row) => !left.has(row))];
      if (drawsOf(inside) < minDraws || drawsOf(outside) < minDraws) continue;
      const kinds = new Set(rows.map((row) => column.values[row])).size;
      const luck = column.categorical
        ? ((2 / Math.PI) * (kinds - 2) * error(rows) * sum(rows, (row) => draws[row] ** 2)) / drawsOf(rows) ** 2
        : 0;
      const gain = error(rows) - error(inside) - error(outside) - luck;
      if (gain > (best?.gain ?? 0)) best = { gain, left };
    }
    if (best && error(rows) > 1e-12) {
      const { left } = best;
      grow(
        rows.filter((row) => left.has(row)),
        depth + 1,
      );
      grow(
        rows.filter((row) => !left.has(row)),
        depth + 1,
      );
    } else {
      const answer = sides.map((side) => sum(rows, (row) => draws[row] * side(row)) / drawsOf(rows));
      for (const row of rows) predicted[row] = classes === 2 ? answer.slice(1) : answer;
    }
  };
  grow(
    target.flatMap((_, row) => (draws[row] > 0 ? [row] : [])),
    0,
  );
  return { draws, predicted };
}

/** The left side of every way to part the rows by a column. */
function partitions({ values, categorical }: Column, rows: readonly number[]): number[][] {
  const kinds = [...new Set(rows.map((row) => values[row]))].sort((a, b) => a - b);
  const whole = kinds.filter((kind) => !Number.isNaN(kind));
  if (categorical) {
    const subsets = Array.from({ length: 2 ** kinds.length - 2 }, (_, i) => kinds.filter((_kind, bit) => ((i + 1) >> bit) & 1));
    return subsets.map((subset) => rows.filter((row) => subset.includes(values[row])));
  }
  const missing = rows.filter((row) => Number.isNaN(values[row]));
  const below = whole.slice(0, -1).map((cut) => rows.filter((row) => values[row] <= cut));
  return missing.length === 0 ? below : [...below, ...below.map((left) => [...left, ...missing]), missing];
}

function expectExact(situation: Situation): void {
  const task = taskOf(situation);
  const { draws, predicted } = exactTree(situation);
  const ours = predictions(task, new TreeGrower(task).grow(0));
  const inBag = draws.flatMap((count, row) => (count > 0 ? [row] : []));
  expect(inBag.length).toBeGreaterThan(10);
  const farthest = Math.max(...inBag.flatMap((row) => predicted[row].map((value, k) => Math.abs(value - ours[row][k]))));
  expect(farthest).toBeLessThan(1e-9);
}

describe('TreeGrower finds what trying everything finds', () => {
  it('in numbers', () => {
    const [a, b] = [numbers(200, uniform), numbers(200, uniform)];
    expectExact({ columns: [{ values: a }, { values: b }], target: a.map((x, i) => Math.sin(6 * x) + b[i] + 0.1 * uniform()) });
  });

  it('in more rows than are looked at one by one', () => {
    const [a, b] = [numbers(1500, () => random.below(40)), numbers(1500, () => random.below(25))];
    expectExact({
      columns: [{ values: a }, { values: b }],
      target: a.map((x, i) => Math.sin(x) * b[i] + uniform()),
      minSamplesLeaf: 20,
    });
  });

  it('in numbers of which some are missing', () => {
    const a = numbers(250, () => (uniform() < 0.3 ? NaN : uniform()));
    const b = numbers(250, () => (uniform() < 0.1 ? NaN : uniform()));
    expectExact({
      columns: [{ values: a }, { values: b }],
      target: a.map((x, i) => (Number.isNaN(x) ? 0.7 : x) + (b[i] || 2) + 0.2 * uniform()),
    });
  });

  it('in categories of which some are missing', () => {
    const a = numbers(250, () => (uniform() < 0.1 ? NaN : random.below(6)));
    const b = numbers(250, uniform);
    expectExact({
      columns: [{ values: a, categorical: true }, { values: b }],
      target: a.map((x, i) => [3, -1, 0.5, 2, -2, 0, 1][x] || b[i] + uniform()),
    });
  });

  it('for two classes', () => {
    const [a, b] = [numbers(240, uniform), numbers(240, () => random.below(5))];
    const target = a.map((x, i) => Number(x + b[i] / 5 + uniform() > 1.6));
    expectExact({ columns: [{ values: a }, { values: b, categorical: true }], target, classes: 2, minSamplesLeaf: 15 });
  });

  it('for three classes', () => {
    const [a, b] = [numbers(240, uniform), numbers(240, () => (uniform() < 0.1 ? NaN : uniform()))];
    expectExact({
      columns: [{ values: a }, { values: b }],
      target: a.map((x, i) => Math.min(2, Math.floor(2 * x + (b[i] || 0.5) + 0.5 * uniform()))),
      classes: 3,
      minSamplesLeaf: 20,
    });
  });

  it('for three classes in more rows than are looked at one by one', () => {
    const [a, b] = [numbers(1200, () => random.below(30)), numbers(1200, () => random.below(30))];
    expectExact({
      columns: [{ values: a }, { values: b }],
      target: a.map((x, i) => (x * b[i] + random.below(3)) % 3),
      classes: 3,
      minSamplesLeaf: 30,
    });
  });

  it('down to the depth that is allowed', () => {
    const a = numbers(150, uniform);
    expectExact({ columns: [{ values: a }], target: a.map((x) => Math.sin(9 * x) + 0.1 * uniform()), maxDepth: 3 });
  });
});

describe('TreeGrower', () => {
  const a = numbers(400, uniform);
  const task = taskOf({ columns: [{ values: a }], target: a.map((x) => x + uniform()), minSamplesLeaf: 25 });

  it('leaves about as many rows in a leaf as it was told, a row counting 1.6 draws', () => {
    const { draws } = exactTree({ columns: [], target: numbers(400, () => 0) });
    const perLeaf = new Map<number, number>();
    predictions(task, new TreeGrower(task).grow(0)).forEach(([value], row) =>
      perLeaf.set(value, (perLeaf.get(value) ?? 0) + draws[row]),
    );
    expect(Math.min(...perLeaf.values())).toBeGreaterThanOrEqual(Math.floor(25 * 1.55));
  });

  it('grows the same tree whatever it grew before', () => {
    const columns = Array.from({ length: 6 }, () => ({ values: numbers(400, uniform) }));
    const six = taskOf({ columns, target: columns[0].values.map((x, row) => x * columns[1].values[row]) });
    const some = { ...six, growth: { ...six.growth, maxFeatures: 2 } };
    const grower = new TreeGrower(some);
    grower.grow(0);
    expect(grower.grow(5)).toEqual(new TreeGrower(some).grow(5));
  });

  it('parts what no single cut improves', () => {
    const xor = taskOf({
      columns: [{ values: numbers(400, () => random.below(2)) }, { values: numbers(400, () => random.below(2)) }],
      target: numbers(400, () => 0),
      minSamplesLeaf: 1,
    });
    for (let row = 0; row < 400; row++) xor.target[row] = Number(xor.bins[row] !== xor.bins[400 + row]);
    const answers = predictions(xor, new TreeGrower(xor).grow(0)).flat();
    expect(answers).toEqual([...xor.target]);
  });
});
