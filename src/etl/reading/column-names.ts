import type { ReadingWork } from './received-file.js';
import { CARRIED_LINE } from './received-line.js';

/** What every bronze row has beside the columns that were received. */
export const ADDED_COLUMNS = ['_ingested_at', '_source', '_batch'];
/** Wider than this no table is: a wrong delimiter or a table that lies on its side. */
const MOST_COLUMNS = 10_000;

/** A column without a name is called by its place, from 1. */
export const columnName = (field: string | null, index: number): string => field?.trim() || `column_${index + 1}`;

/** @throws {UnreadableSourceError} for names that one table cannot have */
export function refuseNames(names: readonly string[], { refuse }: Pick<ReadingWork, 'refuse'>): void {
  if (names.length > MOST_COLUMNS) {
    throw refuse(
      `it has ${names.length.toLocaleString('en')} columns, and at most ${MOST_COLUMNS.toLocaleString('en')} are read`,
    );
  }
  const seen = new Set<string>();
  const twins = names.filter((name) => seen.size === seen.add(name.toLowerCase()).size);
  if (twins.length > 0) {
    throw refuse(`two columns are called "${twins[0]}" (upper and lower case count as the same). Give one of them another name`);
  }
  const taken = [...ADDED_COLUMNS, CARRIED_LINE].filter((name) => seen.has(name));
  if (taken.length > 0) {
    throw refuse(`the column name "${taken[0]}" is taken by what bronze adds to every row. Give it another name`);
  }
}
