import type pg from 'pg';
import { quoteName } from './published-column.js';
import { inGold, stagedName, tableOf } from './published-names.js';
import type { Shipment } from './staged-table.js';

/**
 * Makes a published table have the rows of the staged one, found by its key: only rows that differ are touched, readers go on
 * reading, and what others built on the table stays.
 */
export async function mergeTable(client: pg.Client, { snapshot, publish, columns }: Shipment): Promise<void> {
  const [table, staged] = [inGold(tableOf(snapshot.table)), inGold(stagedName(snapshot.table))];
  const names = columns.map(({ name }) => quoteName(name));
  const same = (publish.key ?? [])
    .map(quoteName)
    .map((name) => `old.${name} = new.${name}`)
    .join(' AND ');
  const row = (of: string): string => `ROW(${names.map((name) => `${of}.${name}`).join(', ')})`;
  await client.query(`DELETE FROM ${table} AS old WHERE NOT EXISTS (SELECT FROM ${staged} AS new WHERE ${same})`);
  await client.query(
    `UPDATE ${table} AS old SET ${names.map((name) => `${name} = new.${name}`).join(', ')}
     FROM ${staged} AS new WHERE ${same} AND ${row('old')} IS DISTINCT FROM ${row('new')}`,
  );
  await client.query(
    `INSERT INTO ${table} (${names.join(', ')}) SELECT ${names.join(', ')} FROM ${staged} AS new
     WHERE NOT EXISTS (SELECT FROM ${table} AS old WHERE ${same})`,
  );
  await client.query(`DROP TABLE ${staged}`);
}
