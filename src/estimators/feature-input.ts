import type { Feature, FeatureColumn, RawValue } from './estimator.types.js';
import { UnfitInputError } from './estimators.errors.js';

/** @throws {UnfitInputError} when a row has more or fewer values than there are features */
export function assertRowLengths(rows: readonly (readonly RawValue[])[], features: readonly Feature[]): void {
  const wrong = rows.findIndex((row) => row.length !== features.length);
  if (wrong < 0) return;
  const names = features.map(({ name }) => name).join(', ');
  throw new UnfitInputError(`Row ${wrong} has ${rows[wrong].length} values. The model takes ${features.length}: ${names}.`);
}

export const rowsOf = (columns: readonly FeatureColumn[]): number => (columns.length === 0 ? 0 : cellsOf(columns[0]).length);

const cellsOf = (column: FeatureColumn): ArrayLike<unknown> => (column.type === 'category' ? column.codes : column.values);

type ColumnOf<OwnFeature extends Feature> = Extract<FeatureColumn, { type: OwnFeature['type'] }>;

/** @returns the columns that belong to the features, in their order and of their types. @throws {UnfitInputError} */
export function columnsOf<OwnFeature extends Feature>(
  features: readonly OwnFeature[],
  columns: readonly FeatureColumn[],
): ColumnOf<OwnFeature>[] {
  const byName = new Map(columns.map((column) => [column.name, column]));
  return features.map(({ name, type }) => {
    const column = byName.get(name);
    if (!column) throw new UnfitInputError(`There is no column "${name}", which the model needs.`);
    if (column.type !== type) {
      throw new UnfitInputError(`The column "${name}" is a ${column.type}, the model was trained on a ${type}.`);
    }
    if (cellsOf(column).length !== rowsOf(columns)) {
      throw new UnfitInputError(`The column "${name}" is not as long as the others.`);
    }
    return column as ColumnOf<OwnFeature>;
  });
}

/** @returns missing as NaN, a boolean as 0 or 1. @throws {UnfitInputError} for a text */
export function numberOf(value: RawValue, feature: string): number {
  if (typeof value === 'number') return value;
  if (value === null || value === undefined) return NaN;
  if (typeof value === 'boolean') return Number(value);
  throw new UnfitInputError(`The feature "${feature}" is a number, and got the text ${JSON.stringify(value)}.`);
}
