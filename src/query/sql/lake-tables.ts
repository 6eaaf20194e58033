import { Inject, Injectable } from '@nestjs/common';
import { CatalogService } from '../../catalog/catalog.service.js';
import { DeltaService } from '../../delta/delta.service.js';
import type { PointInTime } from '../../delta/delta.types.js';
import { type Relation, SqlEngine } from '../../engines/sql/sql.port.js';
import type { AsOf } from './sql.schema.js';
import { AsOfNotReadError, UnknownTableError } from './sql-query.errors.js';

const DATASET = /^(bronze|silver|gold)\.[a-z0-9][a-z0-9_-]*$/i;

/** What the names in somebody's SQL mean: datasets of the catalogue, and nothing beside them. */
@Injectable()
export class LakeTables {
  constructor(
    private readonly delta: DeltaService,
    private readonly catalog: CatalogService,
    @Inject(SqlEngine) private readonly sql: SqlEngine,
  ) {}

  /**
   * @returns the tables that the SELECT names, each as it was then
   * @throws {SqlError} {@link SqlForbiddenError} {@link UnknownTableError} {@link AsOfNotReadError} {@link VersionNotFoundError}
   */
  async of(sql: string, asOf: AsOf | undefined): Promise<Record<string, Relation>> {
    const { references } = await this.sql.parse(sql);
    const tables = references.map(({ table }) => table);
    const times = timesOf(asOf, tables);
    const relations = references.map(async ({ table, ...place }): Promise<[string, Relation]> => {
      const dataset = await this.datasetOf(table);
      if (dataset === undefined) throw new UnknownTableError(table, place);
      const snapshot = await this.delta.snapshot(dataset, times.get(table.toLowerCase()));
      return [table, await this.delta.relation(snapshot)];
    });
    return Object.fromEntries(await Promise.all(relations));
  }

  /** SQL knows no case in names, folders do: a name as it is written, or else in small letters. */
  private async datasetOf(table: string): Promise<string | undefined> {
    if (!DATASET.test(table)) return undefined;
    for (const name of [table, table.toLowerCase()]) if ((await this.catalog.knownVersion(name)) !== null) return name;
    return undefined;
  }
}

/** @returns by table in small letters; those that are not there are read as they are now */
function timesOf(asOf: AsOf | undefined, tables: readonly string[]): Map<string, PointInTime> {
  const read = tables.map((table) => table.toLowerCase());
  if (asOf === undefined) return new Map();
  if (typeof asOf === 'string') return new Map(read.map((table) => [table, { timestamp: new Date(asOf) }]));
  const stray = Object.keys(asOf).find((table) => !read.includes(table.toLowerCase()));
  if (stray !== undefined) throw new AsOfNotReadError(stray, tables);
  return new Map(
    Object.entries(asOf).map(([table, at]) => [
      table.toLowerCase(),
      typeof at === 'number' ? { version: at } : { timestamp: new Date(at) },
    ]),
  );
}
