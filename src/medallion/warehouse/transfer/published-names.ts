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

/** @param columns of an index, none for the primary key */
export function indexName(table: string, columns: readonly string[]): string {
  const name = columns.length === 0 ? `${table}_pkey` : `${table}_${columns.join('_')}_idx`;
  if (Buffer.byteLength(name) <= MOST_NAME_BYTES) return name;
  const cut = Buffer.from(name)
    .subarray(0, MOST_NAME_BYTES - 17)
    .toString()
    .replace(/\uFFFD+$/, '');
  return `${cut}_${hash('sha256', name).slice(0, 16)}`;
}
