import { z } from 'zod';
import { CorruptModelError } from '../estimators.errors.js';
import { arrayOf, type ModelFile, writeModelFile } from '../model-file.js';
import type { Term } from './design.js';
import { Levels } from './levels.js';
import type { LinearParts } from './linear-model.js';
import type { Scale } from './scale.js';

const State = z.object({
  /** In the order of the columns. A category has its levels, a number a scale in the array `scales`. */
  terms: z.array(z.object({ name: z.string(), levels: z.array(z.string()).optional() })),
});
type State = z.infer<typeof State>;

const SCALE_NUMBERS = 3;

export function writeLinear({ terms, weights, intercepts, strengths, response, ...facts }: LinearParts): Uint8Array {
  const { estimator, problem, features, classes } = facts;
  return writeModelFile({
    estimator,
    problem,
    features: [...features],
    classes: [...classes],
    state: stateOf(terms),
    arrays: { scales: scalesOf(terms, response), weights, intercepts, strengths },
  });
}

export const stateOf = (terms: readonly Term[]): State => ({
  terms: terms.map(({ feature: { name }, levels }) => ({ name, ...(levels && { levels: [...levels.names] }) })),
});

/** Of the numbers, then of the target of a regression. */
export function scalesOf(terms: readonly Term[], response: Scale | undefined): Float64Array {
  const scales = [...terms.flatMap(({ scale }) => scale ?? []), ...(response ? [response] : [])];
  return Float64Array.from(scales.flatMap(({ unit, centre, spread }) => [unit, centre, spread]));
}

/** @throws {CorruptModelError} */
export function readLinear(file: ModelFile): LinearParts {
  const { estimator, problem, features, classes } = file;
  const { terms, columns, response } = readTerms(file);
  const outputs = classes.length > 2 ? classes.length : 1;
  const parts = {
    ...{ estimator, problem, features, classes, terms, response },
    weights: arrayOf(file, 'weights', 'float64', columns * outputs),
    intercepts: arrayOf(file, 'intercepts', 'float64', outputs),
    strengths: arrayOf(file, 'strengths', 'float64', terms.length),
  };
  const numbers = [parts.weights, parts.intercepts, parts.strengths];
  if (!numbers.every((array) => array.every(Number.isFinite)) || parts.strengths.some((strength) => strength < 0)) {
    throw new CorruptModelError('its coefficients are no numbers');
  }
  return parts;
}

/**
 * What {@link stateOf} and {@link scalesOf} wrote, with the number of columns.
 * @throws {CorruptModelError} also when the classes do not fit the problem
 */
export function readTerms(file: ModelFile): { terms: Term[]; columns: number; response?: Scale } {
  const { state, features, problem, classes } = file;
  const regression = problem === 'regression';
  if (regression !== (classes.length === 0) || classes.length === 1) {
    throw new CorruptModelError('its classes do not fit its problem');
  }
  const parsed = State.safeParse(state);
  if (!parsed.success) throw new CorruptModelError('the description of its terms cannot be read');
  const described = parsed.data.terms;
  const scales = readScales(file, described.filter(({ levels }) => !levels).length + Number(regression));
  let columns = 0;
  const terms = described.map(({ name, levels }): Term => {
    const feature = features.find((candidate) => candidate.name === name);
    if (feature?.type !== (levels ? 'category' : 'number')) {
      throw new CorruptModelError(`its term "${name}" belongs to no feature`);
    }
    const at = columns;
    columns += levels ? levels.length + 1 : 1;
    return levels ? { feature, at, levels: new Levels(levels) } : { feature, at, scale: scales.shift() as Scale };
  });
  if (new Set(described.map(({ name }) => name)).size !== features.length || described.length !== features.length) {
    throw new CorruptModelError('its terms are not those of its features');
  }
  return { terms, columns, response: scales[0] };
}

function readScales(file: ModelFile, count: number): Scale[] {
  const numbers = arrayOf(file, 'scales', 'float64', count * SCALE_NUMBERS);
  return Array.from({ length: count }, (_, index) => {
    const [unit, centre, spread] = numbers.subarray(index * SCALE_NUMBERS);
    if (!(unit > 0 && unit < Infinity && Number.isFinite(centre) && spread >= 0 && spread < Infinity)) {
      throw new CorruptModelError('its scales are out of range');
    }
    return { unit, centre, spread };
  });
}
