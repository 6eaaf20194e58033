import type { Tree } from './forest-task.js';
import { inBlocks } from './node-order.js';
import { LEAF } from './rule.js';

/** Node by node, level after level: a rule of its own, and whether it has children. */
function aTree(isSplit: (depth: number, node: number) => boolean, depth: number): Tree {
  const nodes: number[] = [];
  const depths = [0];
  for (let node = 0; node < depths.length; node++) {
    const splits = depths[node] < depth && isSplit(depths[node], node);
    nodes.push(splits ? node : LEAF, splits ? depths.length : node);
    if (splits) depths.push(depths[node] + 1, depths[node] + 1);
  }
  return {
    nodes: Int32Array.from(nodes),
    values: Float64Array.from(depths, (_, node) => node / 10),
    distributions: new Float64Array(0),
    subsets: new Uint32Array(0),
    gains: new Float64Array(1),
  };
}

/** What a walk meets: rules, values, and the same of both children. */
const shapeOf = ({ nodes, values }: Tree, node = 0): unknown => {
  const left = nodes[2 * node + 1];
  const own = [nodes[2 * node], values[node]];
  return left === node ? own : [own, shapeOf({ nodes, values } as Tree, left), shapeOf({ nodes, values } as Tree, left + 1)];
};

describe('the order of the nodes', () => {
  it.each<[string, Tree]>([
    ['a leaf alone', aTree(() => false, 5)],
    ['a whole tree', aTree(() => true, 9)],
    ['a chain', aTree((_, node) => node % 2 === 0, 40)],
    ['a ragged tree', aTree((depth, node) => (depth * 7 + node * 5) % 3 > 0, 12)],
  ])('leaves %s as it is', (_what, tree) => {
    const ordered = inBlocks(tree);
    expect(shapeOf(ordered)).toEqual(shapeOf(tree));
    expect(ordered.nodes).toHaveLength(tree.nodes.length);
  });

  it('keeps four levels together, and all below a block behind it', () => {
    const { nodes } = inBlocks(aTree(() => true, 8));
    const reached = (node: number, levels: number): number[] =>
      levels === 0 ? [node] : [0, 1].flatMap((side) => reached(nodes[2 * node + 1] + side, levels - 1));
    expect(Math.max(...reached(0, 4))).toBe(30);
    const [first, second] = reached(0, 4);
    expect([nodes[2 * first + 1], nodes[2 * second + 1]]).toEqual([31, 61]);
  });
});
