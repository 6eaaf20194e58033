import { hash } from 'node:crypto';
import { quoteName } from './published-column.js';

/** The schema of the warehouse, which BI tools read. */
export const GOLD = 'gold';

/** PostgreSQL cuts longer names without a word. */
export const MOST_NAME_BYTES = 63;

/** @param dataset `gold.routes` */
export const tableOf = (dataset: string): string => dataset.slice(dataset.indexOf('.') + 1);

export const inGold = (name: string): string => `${quoteName(GOLD)}.${quoteName(name)}`;

/** What a table and its indexes are called until they are in their place: no two datasets have the same. */
export const stagedName = (dataset: string): string => `_new_${hash('sha256', dataset).slice(0, 16)}`;

/**
 * Tables and indexes of a schema share their names, and `_` is in names too: only the hash tells `a` by `b_c` from `a_b` by `c`.
 * @param columns of an index, none for the primary key
 */
export function indexName(table: string, columns: readonly string[]): string {
  const ending = `_${hash('sha256', JSON.stringify([table, ...columns])).slice(0, 12)}_${columns.length === 0 ? 'pkey' : 'idx'}`;
  const words = Buffer.from([table, ...columns].join('_')).subarray(0, MOST_NAME_BYTES - ending.length);
  return `${words.toString().replace(/\uFFFD+$/, '')}${ending}`;
}
