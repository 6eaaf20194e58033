import type { Snapshot } from '../../delta/delta.types.js';
import { InvalidDivisionError } from './download.errors.js';

/** Columns whose values divide a table, as the table writes them. */
export type Division = readonly string[];

/** @throws {InvalidDivisionError} for columns that are not there, twice there, of no plain value, or all that there are */
export function dividedBy({ table, columns }: Snapshot, names: readonly string[]): Division {
  const division = names.map((name) => {
    const column = columns.find((known) => known.name.toLowerCase() === name.trim().toLowerCase());
    if (!column) {
      throw new InvalidDivisionError(
        `Table "${table}" has no column "${name}" to divide it by. It has ${columns.map((known) => known.name).join(', ')}.`,
      );
    }
    if (/[[(]|^BLOB$/.test(column.type) && !column.type.startsWith('DECIMAL')) {
      throw new InvalidDivisionError(`Column "${column.name}" is of the type ${column.type}, which makes no names of folders.`);
    }
    return column.name;
  });
  if (new Set(division).size < division.length) throw new InvalidDivisionError('"partition_by" names a column twice.');
  if (division.length === columns.length) {
    throw new InvalidDivisionError(`"partition_by" names every column of "${table}": leave one for the files.`);
  }
  return division;
}
