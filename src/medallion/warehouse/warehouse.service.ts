import { Injectable } from '@nestjs/common';
import { Database } from '../../engines/database/database.service.js';
import { Task } from '../../pipelines/task.decorator.js';
import type { TaskRun } from '../../pipelines/task-run.types.js';
import { BiRole } from './bi-role.js';
import { Publications } from './publications.js';
import type { Publish } from './publish.schema.js';
import type { PublishedTableEntity } from './published-table.entity.js';
import { TablePublisher } from './table-publisher.js';
import { GOLD, inGold, tableOf } from './transfer/published-names.js';
import { NotDeclaredForPublicationError } from './warehouse.errors.js';
import { type PublishedTable, PublishOptions, type Warehouse } from './warehouse.schema.js';
import type { Publication } from './warehouse.types.js';

export interface PublishReport {
  readonly rows: number;
  readonly tables: readonly Publication[];
  readonly skipped: boolean;
}

/** Gold tables in PostgreSQL, for tools that speak SQL to a server. */
@Injectable()
export class WarehouseService {
  constructor(
    private readonly publications: Publications,
    private readonly publisher: TablePublisher,
    private readonly database: Database,
    private readonly role: BiRole,
  ) {}

  /**
   * Each table that can be is published, also when another cannot.
   * @param options all that are declared and built when they name none
   * @throws {NotDeclaredForPublicationError} and as {@link TablePublisher.publish} for the first that could not
   */
  @Task('medallion.publish', PublishOptions)
  async publish({ datasets }: PublishOptions, run: TaskRun): Promise<PublishReport> {
    await this.mustBeDeclared(datasets);
    const { published: tables, failures } = await this.tryEach(datasets ?? (await this.publications.built()), run);
    if (failures.length > 0) throw failures[0];
    return {
      rows: tables.reduce((sum, { rows, skipped }) => sum + (skipped ? 0 : rows), 0),
      tables,
      skipped: tables.every(({ skipped }) => skipped),
    };
  }

  /**
   * Of tables that were just built those whose models say so, and whatever an earlier build or publication left behind. What of
   * that cannot be published now either is only told to the run.
   * @throws as {@link TablePublisher.publish}
   */
  async publishBuilt(datasets: readonly string[], run: TaskRun): Promise<Publication[]> {
    const declared = this.publications.declared();
    const { published, failures } = await this.tryEach(
      datasets.filter((dataset) => declared.has(dataset)),
      run,
    );
    const behind = (await this.publications.behind()).filter((dataset) => !datasets.includes(dataset));
    published.push(...(await this.tryEach(behind, run)).published);
    if (failures.length > 0) throw failures[0];
    return published;
  }

  /** @throws {NotDeclaredForPublicationError} */
  async mustBeDeclared(datasets: readonly string[] = []): Promise<void> {
    const declared = await this.publications.declaredNow();
    const other = datasets.find((dataset) => !declared.has(dataset));
    if (other !== undefined) throw new NotDeclaredForPublicationError(other, [...declared.keys()]);
  }

  /** Where the warehouse is, and what stands in it. */
  async describe(): Promise<Warehouse> {
    const { hostname, port, pathname } = new URL(`postgres://${this.database.address}`);
    const found = await this.publications.standing();
    const tables = [...this.publications.declared()].map(([dataset, publish]) => toTable(dataset, publish, found.get(dataset)));
    return {
      host: hostname,
      port: Number(port || 5432),
      database: decodeURIComponent(pathname.slice(1)),
      schema: GOLD,
      role: this.role.name,
      tables: [...tables, ...(await this.publications.withdrawn()).map(toWithdrawn)],
    };
  }

  /** One after the other. */
  private async tryEach(
    datasets: readonly string[],
    run: TaskRun,
  ): Promise<{ readonly published: Publication[]; readonly failures: readonly unknown[] }> {
    const declared = this.publications.declared();
    const published: Publication[] = [];
    const failures: unknown[] = [];
    for (const dataset of datasets) {
      run.signal.throwIfAborted();
      try {
        published.push(await this.publisher.publish(dataset, declared.get(dataset) as Publish, run));
      } catch (error) {
        run.signal.throwIfAborted();
        run.log.error((error as Error).message);
        failures.push(error);
      }
    }
    return { published, failures };
  }
}

const toTable = (dataset: string, publish: Publish, table: PublishedTableEntity | undefined): PublishedTable => ({
  dataset,
  table: dataset,
  mode: publish.mode,
  key: publish.key ?? [],
  indexes: publish.indexes,
  version: table?.version ?? null,
  rows: table?.rows ?? null,
  published_at: table?.publishedAt.toISOString() ?? null,
  run_id: table?.runId ?? null,
  notice: null,
});

const toWithdrawn = (table: PublishedTableEntity): PublishedTable => ({
  ...toTable(table.dataset, { mode: table.mode, indexes: [] }, table),
  notice:
    `No model says "publish" for ${table.dataset} any more: nothing brings it up to date, and who reads the warehouse reads it still. ` +
    `Say "publish" again, or remove it from PostgreSQL: DROP TABLE ${inGold(tableOf(table.dataset))}`,
});
