import type pg from 'pg';
import type { Snapshot } from '../../../delta/delta.types.js';
import type { Relation, SqlEngine } from '../../../engines/sql/sql.port.js';
import type { TaskRun } from '../../../pipelines/task-run.types.js';
import type { Publish } from '../publish.schema.js';
import { PublicationRefusedError } from '../warehouse.errors.js';
import { copyIn } from './copy-in.js';
import { type PublishedColumn, publishedColumn, quoteName } from './published-column.js';
import { inGold, MOST_NAME_BYTES, stagedName, tableOf } from './published-names.js';

/** A table version on its way to the warehouse. */
export interface Shipment {
  readonly snapshot: Snapshot;
  readonly publish: Publish;
  readonly columns: readonly PublishedColumn[];
}

/** @throws {UnpublishableTypeError} @throws {PublicationRefusedError} */
export function shipmentOf(snapshot: Snapshot, publish: Publish): Shipment {
  const { table: dataset } = snapshot;
  const columns = snapshot.columns.map((column) => publishedColumn(dataset, column));
  const names = columns.map(({ name }) => name);
  const tooLong = [tableOf(dataset), ...names].find((name) => Buffer.byteLength(name) > MOST_NAME_BYTES);
  if (tooLong !== undefined) {
    throw new PublicationRefusedError(dataset, `the name "${tooLong}" is longer than the ${MOST_NAME_BYTES} bytes of PostgreSQL`);
  }
  const used = [...(publish.key ?? []), ...publish.indexes.flat()];
  const unknown = used.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new PublicationRefusedError(
      dataset,
      `its "publish:" names a column "${unknown}", which the table has not. It has: ${names.join(', ')}`,
    );
  }
  return { snapshot, publish, columns };
}

/**
 * Makes a table that nobody sees before the end of the transaction, with the rows, the key and statistics for the planner.
 * @returns how many rows it has
 */
export async function stage(client: pg.Client, { snapshot, publish, columns }: Shipment, source: RowSource): Promise<number> {
  const name = stagedName(snapshot.table);
  const staged = inGold(name);
  await client.query(
    `CREATE TABLE ${staged} (${columns.map(({ name: column, type }) => `${quoteName(column)} ${type}`).join(', ')})`,
  );
  // A reader whose transaction began before ours sees frozen rows, too: it would find the new table empty without them.
  const rows = await copyIn(client, `COPY ${staged} FROM STDIN (FORMAT text, FREEZE)`, copyLines(columns, source));
  if (publish.key) {
    await client.query(
      `ALTER TABLE ${staged} ADD CONSTRAINT ${quoteName(`${name}_pkey`)} PRIMARY KEY (${publish.key.map(quoteName).join(', ')})`,
    );
  }
  await client.query(`ANALYZE ${staged}`);
  return rows;
}

/** The rows of a version, and who reads them. */
export interface RowSource {
  readonly relation: Relation;
  readonly sql: SqlEngine;
  readonly run: TaskRun;
}

/** A row is one line. */
async function* copyLines(columns: readonly PublishedColumn[], { relation, sql, run }: RowSource): AsyncGenerator<Buffer> {
  const values = columns.map(({ text }) => `coalesce(${text}, '\\N')`).join(', ');
  const query = { sql: `SELECT concat_ws(chr(9), ${values}) AS line FROM t`, tables: { t: relation } };
  yield* sql.lines(query, { signal: run.signal, onProgress: (share) => run.progress(share) });
}
