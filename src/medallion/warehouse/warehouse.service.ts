import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { Database } from '../../engines/database/database.service.js';
import { Task } from '../../pipelines/task.decorator.js';
import type { TaskRun } from '../../pipelines/task-run.types.js';
import { TransformsService } from '../models/transforms.service.js';
import { BiRole } from './bi-role.js';
import type { Publish } from './publish.schema.js';
import { PublishedTableEntity } from './published-table.entity.js';
import { TablePublisher } from './table-publisher.js';
import { GOLD } from './transfer/published-names.js';
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
    private readonly transforms: TransformsService,
    private readonly publisher: TablePublisher,
    private readonly database: Database,
    private readonly role: BiRole,
    @InjectRepository(PublishedTableEntity) private readonly published: Repository<PublishedTableEntity>,
  ) {}

  /** @throws {NotDeclaredForPublicationError} and as {@link TablePublisher.publish} */
  @Task('medallion.publish', PublishOptions)
  async publish({ datasets }: PublishOptions, run: TaskRun): Promise<PublishReport> {
    this.mustBeDeclared(datasets);
    const tables = await this.publishBuilt(datasets ?? [...this.declared().keys()], run);
    return {
      rows: tables.reduce((sum, { rows, skipped }) => sum + (skipped ? 0 : rows), 0),
      tables,
      skipped: tables.every(({ skipped }) => skipped),
    };
  }

  /** Of tables that were just built those whose models say so, one after the other. @throws as {@link TablePublisher.publish} */
  async publishBuilt(datasets: readonly string[], run: TaskRun): Promise<Publication[]> {
    const declared = this.declared();
    const published: Publication[] = [];
    for (const dataset of datasets) {
      const publish = declared.get(dataset);
      if (publish) published.push(await this.publisher.publish(dataset, publish, run));
    }
    return published;
  }

  /** @throws {NotDeclaredForPublicationError} */
  mustBeDeclared(datasets: readonly string[] = []): void {
    const declared = this.declared();
    const other = datasets.find((dataset) => !declared.has(dataset));
    if (other !== undefined) throw new NotDeclaredForPublicationError(other, [...declared.keys()]);
  }

  /** Where the warehouse is, and what stands in it. */
  async describe(): Promise<Warehouse> {
    const { hostname, port, pathname } = new URL(`postgres://${this.database.address}`);
    const found = new Map((await this.published.find()).map((table) => [table.dataset, table]));
    const tables = [...this.declared()].map(([dataset, publish]) => toTable(dataset, publish, found.get(dataset)));
    return {
      host: hostname,
      port: Number(port || 5432),
      database: decodeURIComponent(pathname.slice(1)),
      schema: GOLD,
      role: this.role.name,
      tables,
    };
  }

  private declared(): Map<string, Publish> {
    return new Map(this.transforms.inOrder().flatMap(({ name, publish }) => (publish ? [[name, publish] as const] : [])));
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
});
