import { findCycle, inOrderOfNeed } from './graph.js';

const graph = (needs: Record<string, string[]>): Map<string, string[]> => new Map(Object.entries(needs));

describe('findCycle', () => {
  it('finds none where every way ends', () => {
    expect(findCycle(graph({ a: [], b: ['a'], c: ['a', 'b'] }))).toBeUndefined();
  });

  it('tells a cycle from its first node back to it', () => {
    expect(findCycle(graph({ a: ['b'], b: ['c'], c: ['b'] }))).toEqual(['b', 'c', 'b']);
  });

  it('takes a node that needs itself for a cycle', () => {
    expect(findCycle(graph({ a: ['a'] }))).toEqual(['a', 'a']);
  });

  it('passes over a need that is no node', () => {
    expect(findCycle(graph({ a: ['nothing'] }))).toBeUndefined();
  });
});

describe('inOrderOfNeed', () => {
  it('puts each node after all that it needs', () => {
    expect(inOrderOfNeed(graph({ d: ['b', 'c'], b: ['a'], c: ['a'], a: [] }))).toEqual(['a', 'b', 'c', 'd']);
  });

  it('keeps the given order where it may', () => {
    expect(inOrderOfNeed(graph({ z: [], y: [], x: [] }))).toEqual(['z', 'y', 'x']);
  });
});
