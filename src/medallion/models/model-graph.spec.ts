import { ModelCycleError } from '../medallion.errors.js';
import { inBuildOrder, withAncestors } from './model-graph.js';

const reads = (edges: Record<string, string[]>): Map<string, string[]> => new Map(Object.entries(edges));

describe('inBuildOrder', () => {
  it('puts each model after those that it reads', () => {
    expect(inBuildOrder(reads({ a: ['c'], b: ['a', 'c'], c: ['bronze.x'] }))).toEqual(['c', 'a', 'b']);
  });

  it('names the models of a circle in order', () => {
    expect(() => inBuildOrder(reads({ a: ['b'], b: ['c'], c: ['a'] }))).toThrow(new ModelCycleError(['a', 'b', 'c', 'a']));
  });

  it('takes a model that reads itself for a circle', () => {
    expect(() => inBuildOrder(reads({ a: ['a'] }))).toThrow(ModelCycleError);
  });
});

describe('withAncestors', () => {
  it('adds everything that is read on the way, and nothing else', () => {
    expect(withAncestors(['b'], reads({ a: [], b: ['a', 'bronze.x'], c: ['b'] }))).toEqual(new Set(['b', 'a']));
  });
});
