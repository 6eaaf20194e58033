import type { Dataset } from '../../catalog/catalog.types.js';
import { InvalidInputError } from '../../errors/invalid-input.error.js';
import type { Feature } from '../../estimators/estimator.types.js';
import type { LeftOut, TrainOptions } from '../train.schema.js';
import { UnusableColumnError } from '../training.errors.js';
import { NESTED, NUMERIC } from './column-types.js';

const USABLE = 'a feature is a number, a boolean or text';

type Options = Pick<TrainOptions, 'target' | 'features' | 'text_features' | 'text'>;

export interface PlannedFeatures {
  readonly features: readonly Feature[];
  /** Whether somebody named the features: then none is left out silently. */
  readonly named: boolean;
  readonly leftOut: readonly LeftOut[];
}

/**
 * Those that were asked for, else the usual ones; behind them the texts.
 * @param typeOf throws for a column that there is not
 */
export function plannedFeatures(
  options: Options,
  dataset: Dataset,
  columns: ReadonlyMap<string, string>,
  typeOf: (column: string) => string,
): PlannedFeatures {
  const texts = textFeatures(options, typeOf);
  if (options.features?.length === 0 && texts.length === 0) {
    throw new InvalidInputError([{ path: ['features'], message: 'names no column, and there are no text_features' }]);
  }
  const others = options.features
    ? namedFeatures(options, options.features, typeOf)
    : usualFeatures(options, dataset, columns, texts);
  return { ...others, features: [...others.features, ...texts] };
}

function textFeatures({ target, features, text_features, text }: Options, typeOf: (column: string) => string): Feature[] {
  if (text && !text_features) {
    throw new InvalidInputError([{ path: ['text'], message: 'goes with text_features: name the columns that it is for' }]);
  }
  return (text_features ?? []).map((name) => {
    const type = typeOf(name);
    assertNotTarget(name, target);
    if (type !== 'VARCHAR') throw new UnusableColumnError(name, type, 'words are those of a text. Name it in "features"');
    if (features?.includes(name)) {
      throw new UnusableColumnError(name, 'in "features" and in "text_features"', 'name it in one of the two');
    }
    return { name, type: 'text' };
  });
}

function namedFeatures({ target }: Options, names: readonly string[], typeOf: (column: string) => string): PlannedFeatures {
  const features = names.map((name) => {
    const type = featureType(typeOf(name));
    assertNotTarget(name, target);
    if (!type) throw new UnusableColumnError(name, typeOf(name), `${USABLE}. Leave it out of "features"`);
    return { name, type };
  });
  return { features, named: true, leftOut: [] };
}

function assertNotTarget(name: string, target: string): void {
  if (name === target) throw new UnusableColumnError(name, 'the target', 'it cannot be a feature as well');
}

function usualFeatures(
  { target }: Options,
  { name: dataset, targets, keys, time }: Dataset,
  columns: ReadonlyMap<string, string>,
  texts: readonly Feature[],
): PlannedFeatures {
  const declared = new Set([...targets, ...keys, target, ...(time ? [time] : []), ...texts.map(({ name }) => name)]);
  const features: Feature[] = [];
  const leftOut: LeftOut[] = [];
  for (const [name, columnType] of columns) {
    if (declared.has(name)) continue;
    const type = featureType(columnType);
    if (type && name.startsWith('_')) {
      leftOut.push({ column: name, reason: 'it says how the row came here; name it to learn from it' });
    } else if (type) features.push({ name, type });
    else leftOut.push({ column: name, reason: `it is ${NESTED.test(columnType) ? 'nested, ' : ''}${columnType}; ${USABLE}` });
  }
  if (features.length + texts.length === 0) {
    throw new UnusableColumnError(target, `the only usable column of "${dataset}"`, 'name at least one feature beside it');
  }
  return { features, named: false, leftOut };
}

function featureType(type: string): 'number' | 'category' | undefined {
  if (NUMERIC.test(type)) return 'number';
  return type === 'VARCHAR' ? 'category' : undefined;
}
