import { aTrainingSet, classTarget } from '../../../test/fixtures/training-set.js';
import { fit, loadModel } from '../estimators.service.js';
import { type ModelFile, readPlainFile, writeModelFile } from '../model-file.js';
import { LEAF } from '../tree/rule.js';

/** A sound forest of three classes, taken apart. */
async function aForestFile(): Promise<ModelFile> {
  const set = aTrainingSet();
  const target = classTarget(Array.from({ length: set.rows }, (_, row) => `class ${row % 3}`));
  const model = await fit('random_forest', { ...set, target }, { n_trees: 2, min_samples_leaf: 10 }, { seed: 1, workers: 0 });
  return readPlainFile(model.serialise());
}

/** As somebody would who wants to lead the reader astray: whole, with a right checksum. */
function forged(
  file: ModelFile,
  change: (numbers: { nodes: number[]; values: number[]; subsets: number[]; distributions: number[]; roots: number[] }) => void,
): Uint8Array {
  const { nodes, values, subsets, distributions, roots } = file.arrays;
  const numbers = {
    nodes: [...nodes],
    values: [...values],
    subsets: [...subsets],
    distributions: [...distributions],
    roots: [...roots],
  };
  change(numbers);
  const arrays = {
    ...file.arrays,
    nodes: Int32Array.from(numbers.nodes),
    values: Float64Array.from(numbers.values),
    subsets: Uint32Array.from(numbers.subsets),
    distributions: Float64Array.from(numbers.distributions),
    roots: Int32Array.from(numbers.roots),
  };
  return writeModelFile({ ...file, arrays });
}

describe('a forest file', () => {
  let file: ModelFile;
  beforeAll(async () => {
    file = await aForestFile();
  });
  const leafOf = (nodes: readonly number[]): number => nodes.findIndex((rule, i) => i % 2 === 0 && rule === LEAF);
  const subsetOf = (nodes: readonly number[]): number => nodes.findIndex((rule, i) => i % 2 === 0 && rule < 0);

  it('is read when nothing was changed', () => {
    expect(loadModel(forged(file, () => undefined)).features).toHaveLength(2);
  });

  it.each<[string, Parameters<typeof forged>[1]]>([
    ['a child before its parent, which would never end', ({ nodes }) => (nodes[2 * nodes[1] + 1] = 0)],
    ['a child beyond the last node', ({ nodes }) => (nodes[1] = nodes.length / 2 - 1)],
    ['a feature that is not there', ({ nodes }) => (nodes[0] = 2)],
    ['a subset that is not there', ({ nodes, subsets }) => (nodes[subsetOf(nodes)] = ~subsets.length)],
    ['a subset of a feature that is not there', ({ subsets }) => (subsets[0] = 9)],
    ['half a subset', ({ subsets }) => subsets.pop()],
    ['a leaf that leads on', ({ nodes }) => (nodes[leafOf(nodes)] = 0)],
    ['a leaf without its distribution', ({ nodes, values, distributions }) => (values[leafOf(nodes) / 2] = distributions.length)],
    ['a probability above one', ({ distributions }) => (distributions[0] = 1.5)],
    ['a tree that begins nowhere', ({ roots }) => (roots[1] = -1)],
    ['no trees', ({ roots }) => (roots.length = 0)],
    ['fewer values than nodes', ({ values }) => values.pop()],
  ])('is refused with %s', (_, change) => {
    expect(() => loadModel(forged(file, change))).toThrow('The model file cannot be used');
  });

  it('is refused when its facts do not fit together', () => {
    const { features, classes, state } = file;
    const bins = (state as { bins: unknown[] }).bins;
    const broken: Partial<ModelFile>[] = [
      { features: [...features, { name: 'extra', type: 'number' }] },
      { features: features.toReversed().map((feature) => ({ ...feature, type: 'number' as const })) },
      { classes: classes.slice(1) },
      { problem: 'regression' },
      { state: { scale: 1, bins: bins.slice(1) } },
      { state: { scale: -1, bins } },
      { state: null },
      { arrays: { ...file.arrays, edges: Float32Array.from(file.arrays.edges).reverse() } },
      { arrays: { ...file.arrays, edges: file.arrays.edges.slice(1) } },
      { arrays: { ...file.arrays, gains: Float64Array.of(NaN, 1) } },
    ];
    for (const change of broken) {
      expect(() => loadModel(writeModelFile({ ...file, ...change }))).toThrow('The model file cannot be used');
    }
  });
});
