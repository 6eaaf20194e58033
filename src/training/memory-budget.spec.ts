import { readConfig } from '../config/lab-config.js';
import { MemoryBudget, type TrainingSize } from './memory-budget.js';
import { DatasetTooLargeError } from './training.errors.js';

const aBudget = (limit: string, concurrency = 1): MemoryBudget =>
  new MemoryBudget(readConfig({ TRAIN_MEMORY_LIMIT: limit, TRAIN_CONCURRENCY: String(concurrency) }));

const aSize = (overrides: Partial<TrainingSize> = {}): TrainingSize => ({
  rows: 1_000_000,
  numbers: 6,
  categories: 2,
  estimator: 'baseline',
  params: {},
  ...overrides,
});

describe('MemoryBudget', () => {
  it('lets pass what fits', () => {
    expect(() => aBudget('1GiB').assertFits(aSize())).not.toThrow();
  });

  it('says how much is needed, how much there is, and how many rows would fit', () => {
    expect(() => aBudget('1GiB').assertFits(aSize({ rows: 10_000_000, numbers: 38 }))).toThrow(
      /10000000 rows of 40 features takes about \d+ bytes \(.* GiB\).* may take 1073741824 bytes.*"sample": \{"rows": \d+\}/,
    );
  });

  it('offers a sample that fits', () => {
    const budget = aBudget('1GiB');
    const rows = (error: unknown): number => Number(/"rows": (\d+)/.exec((error as DatasetTooLargeError).message)?.[1]);
    let offered = 0;
    try {
      budget.assertFits(aSize({ rows: 10_000_000, numbers: 38 }));
    } catch (error) {
      offered = rows(error);
    }
    expect(offered).toBeGreaterThan(100_000);
    expect(() => budget.assertFits(aSize({ rows: offered, numbers: 38 }))).not.toThrow();
    expect(() => budget.assertFits(aSize({ rows: offered + 1, numbers: 38 }))).toThrow(DatasetTooLargeError);
  });

  it('counts the trees of a forest, which are the more the smaller their leaves', () => {
    const aForest = (params: object) => aSize({ estimator: 'random_forest', params: { n_trees: 1000, ...params } });
    expect(() => aBudget('1GiB').assertFits(aForest({ min_samples_leaf: 1000 }))).not.toThrow();
    expect(() => aBudget('1GiB').assertFits(aForest({ min_samples_leaf: 1 }))).toThrow(DatasetTooLargeError);
  });

  it('knows that a forest draws no more than a million rows for a tree', () => {
    const aForest = (rows: number) => aSize({ estimator: 'random_forest', params: { n_trees: 300, min_samples_leaf: 5 }, rows });
    expect(() => aBudget('6GiB').assertFits(aForest(5_000_000))).not.toThrow();
  });

  it('counts the products of a polynomial', () => {
    const aCurve = (degree: number) => aSize({ estimator: 'polynomial_regression', params: { degree } });
    expect(() => aBudget('2GiB').assertFits(aCurve(1))).not.toThrow();
    expect(() => aBudget('2GiB').assertFits(aCurve(3))).toThrow(/takes about \d{10} bytes/);
  });

  it('counts the texts as they are', () => {
    expect(() => aBudget('1GiB').assertFits(aSize({ textBytes: 10 }))).not.toThrow();
    expect(() => aBudget('1GiB').assertFits(aSize({ textBytes: 1000 }))).toThrow(/"sample": \{"rows": \d{6}\}/);
  });

  it('shares the memory between the trainings of the same time', () => {
    expect(aBudget('4GB', 4).limit).toBe(1_000_000_000);
  });
});
