import { z } from 'zod';
import { CorruptModelError } from '../estimators.errors.js';
import { arrayOf, type ModelFile, writeModelFile } from '../model-file.js';
import { CategoryBins, type FeatureBins, NumberBins } from '../tree/feature-bins.js';
import { assertSound, leafWidth } from './forest.js';
import type { ForestParts } from './forest-model.js';

const State = z.object({
  scale: z.number().positive(),
  /** In the order of the trees: how many edges a number has, or the categories in the order of their bins. */
  bins: z.array(
    z.union([
      z.object({ name: z.string(), edges: z.int().min(0).max(254) }),
      z.object({ name: z.string(), categories: z.array(z.string()) }),
    ]),
  ),
});
type State = z.infer<typeof State>;

export function writeForest(estimator: string, { problem, features, classes, bins, forest, scale }: ForestParts): Uint8Array {
  const { width, ...arrays } = forest;
  const described = bins.map((each) =>
    each instanceof NumberBins
      ? { name: each.feature.name, edges: each.edges.length }
      : { name: each.feature.name, categories: [...(each as CategoryBins).categories] },
  );
  const edges = Float32Array.from(bins.flatMap((each) => (each instanceof NumberBins ? [...each.edges] : [])));
  return writeModelFile({
    estimator,
    problem,
    features: [...features],
    classes: [...classes],
    state: { scale, bins: described } satisfies State,
    arrays: { edges, ...arrays },
  });
}

/** @throws {CorruptModelError} */
export function readForest(file: ModelFile): ForestParts {
  const { problem, features, classes } = file;
  const { scale, bins: described } = parseState(file.state);
  const forest = {
    width: leafWidth(classes.length),
    roots: arrayOf(file, 'roots', 'int32'),
    nodes: arrayOf(file, 'nodes', 'int32'),
    values: arrayOf(file, 'values', 'float64'),
    distributions: arrayOf(file, 'distributions', 'float64'),
    subsets: arrayOf(file, 'subsets', 'uint32'),
    gains: arrayOf(file, 'gains', 'float64'),
  };
  assertSound(forest, features.length, problem === 'classification');
  if ((problem === 'regression') !== (classes.length === 0) || classes.length === 1) {
    throw new CorruptModelError('its classes do not fit its problem');
  }
  const bins = readBins(described, arrayOf(file, 'edges', 'float32'));
  const known = bins.every(({ feature }) => features.some(({ name, type }) => name === feature.name && type === feature.type));
  if (!known || new Set(bins.map(({ feature }) => feature.name)).size !== features.length) {
    throw new CorruptModelError('its bins are not those of its features');
  }
  return { problem, features, classes, bins, forest, scale };
}

function parseState(state: unknown): State {
  const parsed = State.safeParse(state);
  if (!parsed.success) throw new CorruptModelError('the description of its bins cannot be read');
  return parsed.data;
}

function readBins(described: State['bins'], edges: Float32Array): FeatureBins[] {
  let at = 0;
  const bins = described.map((each) => {
    if ('categories' in each) return new CategoryBins(each.name, each.categories);
    const own = edges.subarray(at, (at += each.edges));
    if (own.length < each.edges || !own.every((edge, i) => i === 0 || edge > own[i - 1])) {
      throw new CorruptModelError(`the bins of "${each.name}" are not in order`);
    }
    return new NumberBins(each.name, own);
  });
  if (at !== edges.length) throw new CorruptModelError('it has bins of no feature');
  return bins;
}
