import { hash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type pg from 'pg';
import { DeltaService } from '../../delta/delta.service.js';
import { Database } from '../../engines/database/database.service.js';
import { SqlEngine } from '../../engines/sql/sql.port.js';
import type { TaskRun } from '../../pipelines/task-run.types.js';
import type { Publish } from './publish.schema.js';
import { explain } from './transfer/publication-failure.js';
import { inGold, tableOf } from './transfer/published-names.js';
import { type Shipment, shipmentOf, stage } from './transfer/staged-table.js';
import { mergeTable } from './transfer/table-merge.js';
import { replaceTable } from './transfer/table-replacement.js';
import { inTransaction } from './transfer/warehouse-session.js';
import { PublicationRefusedError } from './warehouse.errors.js';
import type { Publication } from './warehouse.types.js';

/** Our number among the advisory locks of the database: "labw" in ASCII. */
const TURN = 0x6c61_6277;

/** What stands in the warehouse for a dataset. */
interface Standing {
  readonly version: string;
  readonly committedAt: Date;
  readonly definition: string;
  readonly rows: string;
}

/** Brings the newest version of a table of the lake into the warehouse, whole and at once. */
@Injectable()
export class TablePublisher {
  constructor(
    private readonly database: Database,
    private readonly delta: DeltaService,
    @Inject(SqlEngine) private readonly sql: SqlEngine,
  ) {}

  /**
   * Does nothing when that version stands there already. Readers see the old table or the new one, whenever it fails.
   * @throws {UnpublishableTypeError} @throws {UnpublishableValueError} @throws {PublicationRefusedError}
   * @throws {PublishedTableBusyError} @throws {WarehouseAwayError} the last two may be tried again
   */
  async publish(dataset: string, publish: Publish, run: TaskRun): Promise<Publication> {
    const started = performance.now();
    try {
      const { version, rows, skipped } = await inTransaction(this.database.url, run.signal, (client) =>
        this.bring(client, { dataset, publish, run }),
      );
      const seconds = Math.round(performance.now() - started) / 1000;
      const said = skipped ? `version ${version} stands in the warehouse already` : `${rows.toLocaleString('en')} rows published`;
      run.log.info(`${dataset}: ${said}`);
      return { dataset, version, rows, skipped, seconds };
    } catch (error) {
      throw explain(dataset, error);
    }
  }

  private async bring(
    client: pg.Client,
    { dataset, publish, run }: { dataset: string; publish: Publish; run: TaskRun },
  ): Promise<Omit<Publication, 'dataset' | 'seconds'>> {
    // Who comes second waits, and then looks at the version that is the newest by now.
    await client.query('SELECT pg_advisory_xact_lock($1, hashtext($2))', [TURN, dataset]);
    const snapshot = await this.delta.snapshot(dataset);
    const shipment = shipmentOf(snapshot, publish);
    const { version } = snapshot;
    const standing = await standingOf(client, dataset);
    if (standing && holds(standing, shipment)) return { version, rows: Number(standing.rows), skipped: true };
    const relation = await this.delta.relation(snapshot);
    const rows = await stage(client, shipment, { relation, sql: this.sql, run });
    if (publish.mode === 'merge' && standing?.definition === definitionOf(shipment)) await mergeTable(client, shipment);
    else await replaceTable(client, shipment, run.signal);
    await remember(client, shipment, { rows, runId: run.runId });
    return { version, rows, skipped: false };
  }
}

/** @throws {PublicationRefusedError} when there is a table of somebody else */
async function standingOf(client: pg.Client, dataset: string): Promise<Standing | undefined> {
  const { rows: tables } = await client.query<{ there: boolean }>('SELECT to_regclass($1) IS NOT NULL AS there', [
    inGold(tableOf(dataset)),
  ]);
  const { rows } = await client.query<Standing>(
    `SELECT version, committed_at AS "committedAt", definition, rows FROM lab.published_tables WHERE dataset = $1`,
    [dataset],
  );
  if (!tables[0].there) return undefined;
  if (rows.length > 0) return rows[0];
  throw new PublicationRefusedError(dataset, `${dataset} in PostgreSQL is not ours: rename it or remove it`);
}

function holds({ version, committedAt, definition }: Standing, shipment: Shipment): boolean {
  const { snapshot } = shipment;
  return (
    Number(version) === snapshot.version &&
    committedAt.getTime() === snapshot.timestamp.getTime() &&
    definition === definitionOf(shipment)
  );
}

function definitionOf({ snapshot, publish, columns }: Shipment): string {
  const described = columns.map(({ name, type }, index) => [name, type, snapshot.columns[index].description]);
  return hash('sha256', JSON.stringify([described, snapshot.description, publish.key, publish.indexes]));
}

async function remember(client: pg.Client, shipment: Shipment, { rows, runId }: { rows: number; runId: string }): Promise<void> {
  const { snapshot, publish } = shipment;
  await client.query(
    `INSERT INTO lab.published_tables (dataset, version, committed_at, definition, mode, rows, run_id, published_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, clock_timestamp())
     ON CONFLICT (dataset) DO UPDATE SET version = excluded.version, committed_at = excluded.committed_at,
       definition = excluded.definition, mode = excluded.mode, rows = excluded.rows, run_id = excluded.run_id,
       published_at = excluded.published_at`,
    [snapshot.table, snapshot.version, snapshot.timestamp, definitionOf(shipment), publish.mode, rows, runId],
  );
}
