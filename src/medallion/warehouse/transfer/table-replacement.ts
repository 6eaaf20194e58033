import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { BI_ROLE } from '../bi-role.js';
import { PublishedTableBusyError } from '../warehouse.errors.js';
import { quoteName } from './published-column.js';
import { indexName, inGold, stagedName, tableOf } from './published-names.js';
import type { Shipment } from './staged-table.js';

/** As long as the removal of the old table waits, so do those who come to read it. */
const LOCK_MS = 500;
const PAUSE_MS = 1_000;
const PATIENCE_MS = 120_000;
const LOCK_NOT_AVAILABLE = '55P03';

/** Gives a staged table its indexes and descriptions, and puts it in the place of the old one. */
export async function replaceTable(client: pg.Client, shipment: Shipment, signal: AbortSignal): Promise<void> {
  const { snapshot, publish } = shipment;
  const [table, staged] = [tableOf(snapshot.table), stagedName(snapshot.table)];
  for (const [index, columns] of publish.indexes.entries()) {
    await client.query(
      `CREATE INDEX ${quoteName(`${staged}_${index}`)} ON ${inGold(staged)} (${columns.map(quoteName).join(', ')})`,
    );
  }
  await describe(client, shipment);
  await letIn(client, staged);
  await dropWhenFree(client, snapshot.table, signal);
  await client.query(`ALTER TABLE ${inGold(staged)} RENAME TO ${quoteName(table)}`);
  const renamed = publish.indexes.map((columns, index) => [`${staged}_${index}`, indexName(table, columns)]);
  if (publish.key) renamed.push([`${staged}_pkey`, indexName(table, [])]);
  for (const [from, to] of renamed) await client.query(`ALTER INDEX ${inGold(from)} RENAME TO ${quoteName(to)}`);
}

async function describe(client: pg.Client, { snapshot }: Shipment): Promise<void> {
  const staged = inGold(stagedName(snapshot.table));
  if (snapshot.description) await client.query(`COMMENT ON TABLE ${staged} IS ${pg.escapeLiteral(snapshot.description)}`);
  for (const { name, description } of snapshot.columns) {
    if (!description) continue;
    await client.query(`COMMENT ON COLUMN ${staged}.${quoteName(name)} IS ${pg.escapeLiteral(description)}`);
  }
}

/** The role is not there on a server for which nobody gave it a password. */
async function letIn(client: pg.Client, table: string): Promise<void> {
  const { rows } = await client.query<{ there: boolean }>('SELECT to_regrole($1) IS NOT NULL AS there', [BI_ROLE]);
  if (rows[0].there) await client.query(`GRANT SELECT ON ${inGold(table)} TO ${BI_ROLE}`);
}

/** @throws {PublishedTableBusyError} */
async function dropWhenFree(client: pg.Client, dataset: string, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  await client.query(`SET LOCAL lock_timeout = ${LOCK_MS}`);
  for (;;) {
    await client.query('SAVEPOINT before_drop');
    try {
      await client.query(`DROP TABLE IF EXISTS ${inGold(tableOf(dataset))}`);
      break;
    } catch (error) {
      if ((error as pg.DatabaseError).code !== LOCK_NOT_AVAILABLE) throw error;
      if (performance.now() > deadline) throw new PublishedTableBusyError(dataset, PATIENCE_MS / 1000);
      await client.query('ROLLBACK TO before_drop');
      await wait(PAUSE_MS, undefined, { signal });
    }
  }
  await client.query('SET LOCAL lock_timeout = 0');
}
