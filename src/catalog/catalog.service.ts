import { Injectable } from '@nestjs/common';
import { InjectDataSource, InjectRepository } from '@nestjs/typeorm';
import { Brackets, DataSource, type EntityManager, Repository } from 'typeorm';
import type { Page, PageQuery } from '../http/page.schema.js';
import { DatasetNotFoundError } from './catalog.errors.js';
import {
  type CommitFindings,
  type CommittedVersion,
  type DatasetState,
  layerOf,
  type Origins,
  type QualityCheck,
  type SchemaChange,
} from './catalog.types.js';
import { DatasetEntity, DatasetVersionEntity, QualityEntity, SchemaChangeEntity } from './dataset.entity.js';
import type { Dataset, DatasetItem, DatasetQuery, DatasetVersion, QualityResult, SchemaChangeItem } from './dataset.schema.js';
import { toSchemaChange, withDifferences } from './schema-history.js';

/** What tables there are, how each came to be, and how good it is. The Delta logs are the truth; this is their index. */
@Injectable()
export class CatalogService {
  constructor(
    @InjectDataSource() private readonly database: DataSource,
    @InjectRepository(DatasetEntity) private readonly datasets: Repository<DatasetEntity>,
    @InjectRepository(DatasetVersionEntity) private readonly history: Repository<DatasetVersionEntity>,
    @InjectRepository(QualityEntity) private readonly checks: Repository<QualityEntity>,
  ) {}

  /**
   * Records a commit, the table as of it and what its checks found. The same commit again changes nothing, an older one
   * leaves the state alone.
   */
  async record(commit: CommittedVersion, state: DatasetState, { checks = [], changes = [] }: CommitFindings = {}): Promise<void> {
    await this.database.transaction(async (transaction) => {
      const before = await transaction.findOneBy(DatasetEntity, { name: commit.dataset });
      await saveState(transaction, commit, state);
      const [added] = await transaction.query<unknown[][]>(
        `insert into lab.dataset_versions
           (dataset, version, committed_at, operation, rows_added, rows_removed, files_added, files_removed, run_id, inputs)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict do nothing returning version`,
        [
          commit.dataset, commit.version, commit.timestamp, commit.operation, commit.rowsAdded, commit.rowsRemoved,
          commit.filesAdded, commit.filesRemoved, commit.runId, JSON.stringify(commit.inputs),
        ],
      ); // prettier-ignore
      if (!added) return;
      const all = before && before.version < commit.version ? withDifferences(changes, before.columns, state.columns) : changes;
      await transaction.insert(SchemaChangeEntity, toChanges(commit, all));
      await transaction.insert(QualityEntity, toEntities(commit, checks));
    });
  }

  /** Keeps what checks found that came with no commit. @param version that they looked at; null when they stopped a write */
  async recordChecks(
    dataset: string,
    version: number | null,
    runId: string | null,
    checks: readonly QualityCheck[],
  ): Promise<void> {
    await this.checks.insert(toEntities({ dataset, version, runId }, checks));
  }

  /** Keeps how the columns of something differed that was not written. @param version of the table that it was held against */
  async recordSchemaChanges(
    dataset: string,
    version: number,
    runId: string | null,
    changes: readonly SchemaChange[],
  ): Promise<void> {
    await this.database.manager.insert(SchemaChangeEntity, toChanges({ dataset, version, runId }, changes));
  }

  /** @returns one page, and how many there are in all */
  async list({ layer, q, sort, limit, offset }: DatasetQuery): Promise<Page<DatasetItem>> {
    const query = this.datasets.createQueryBuilder('dataset').take(limit).skip(offset);
    const column = sort.replace('-', '');
    query
      .orderBy(`dataset.${column === 'updated_at' ? 'updatedAt' : column}`, sort.startsWith('-') ? 'DESC' : 'ASC')
      .addOrderBy('dataset.name');
    if (layer) query.andWhere('dataset.layer = :layer', { layer });
    if (q) {
      const pattern = `%${q.replace(/[\\%_]/g, '\\$&')}%`;
      query.andWhere(
        new Brackets((either) => either.where('dataset.name ilike :pattern').orWhere('dataset.description ilike :pattern')),
        { pattern },
      );
    }
    const [found, total] = await query.getManyAndCount();
    return { items: found.map(toItem), total };
  }

  /** @throws {DatasetNotFoundError} */
  async find(name: string): Promise<Dataset> {
    const dataset = isName(name) ? await this.datasets.findOneBy({ name }) : null;
    if (!dataset) throw new DatasetNotFoundError(name);
    const { columns, partitions, constraints, owner, tags, keys, time, targets } = dataset;
    return { ...toItem(dataset), columns, partitions, constraints, owner, tags, keys, time, targets };
  }

  /** The newest version that the catalogue knows of; null when it knows none. */
  async knownVersion(name: string): Promise<number | null> {
    const dataset = await this.datasets.findOne({ where: { name }, select: { name: true, version: true } });
    return dataset?.version ?? null;
  }

  /** @returns the versions up to that one which are not recorded, the newest first */
  async unrecordedVersions(name: string, newest: number): Promise<number[]> {
    const gaps = await this.database.query<{ first: number; last: number }[]>(
      `select (before + 1)::float8 as first, (version - 1)::float8 as last from
         (select version, lag(version, 1, -1::bigint) over (order by version) as before from
            (select version from lab.dataset_versions where dataset = $1 and version <= $2 union all select $2::bigint + 1) as known
         ) as steps
       where version > before + 1 order by version desc`,
      [name, newest],
    );
    return gaps.flatMap(({ first, last }) => Array.from({ length: last - first + 1 }, (_, back) => last - back));
  }

  /** Newest first. @throws {DatasetNotFoundError} */
  async versions(name: string, { limit, offset }: PageQuery): Promise<Page<DatasetVersion>> {
    await this.mustKnow(name);
    const [found, total] = await this.history.findAndCount({
      where: { dataset: name },
      order: { version: 'DESC' },
      take: limit,
      skip: offset,
    });
    return { items: found.map(toVersion), total };
  }

  /** What every table was made from, as far as its newest fifty versions tell. */
  async origins(): Promise<Origins[]> {
    return this.database.query<Origins[]>(
      `select name as dataset, version::float8 as version, made from lab.datasets cross join lateral
         (select coalesce(jsonb_agg(jsonb_build_object('runId', run_id, 'operation', operation, 'inputs', inputs) order by newest.version desc), '[]') as made
          from (select version, run_id, operation, inputs from lab.dataset_versions as history
                where history.dataset = datasets.name and inputs <> '[]' order by version desc limit 50) as newest) as origins
       order by name`,
    );
  }

  /** Newest first. @throws {DatasetNotFoundError} */
  async schemaChanges(name: string, { limit, offset }: PageQuery): Promise<Page<SchemaChangeItem>> {
    await this.mustKnow(name);
    const [found, total] = await this.database.manager.findAndCount(SchemaChangeEntity, {
      where: { dataset: name },
      order: { changedAt: 'DESC', id: 'DESC' },
      take: limit,
      skip: offset,
    });
    return { items: found.map(toSchemaChange), total };
  }

  /** Newest first; with `latest` only the newest result of each expectation. @throws {DatasetNotFoundError} */
  async quality(name: string, { limit, offset, latest = false }: PageQuery & { latest?: boolean }): Promise<Page<QualityResult>> {
    if (!isName(name)) throw new DatasetNotFoundError(name);
    const query = this.checks.createQueryBuilder('result').where('result.dataset = :name', { name });
    if (latest) query.andWhere(`result.id in (${NEWEST_RESULTS})`);
    const [found, total] = await query
      .orderBy('result.checkedAt', 'DESC')
      .addOrderBy('result.id', 'DESC')
      .take(limit)
      .skip(offset)
      .getManyAndCount();
    // A table whose very first build was stopped by a check has results but no versions.
    if (total === 0) await this.mustKnow(name);
    return { items: found.map(toQuality), total };
  }

  private async mustKnow(name: string): Promise<void> {
    if (!isName(name) || !(await this.datasets.existsBy({ name }))) throw new DatasetNotFoundError(name);
  }
}

/** PostgreSQL has no text with a NUL in it, and so no such table. */
const isName = (name: string): boolean => !name.includes('\0');

/** What the newest check of each expectation found; an expectation that is no longer declared has none after a later build. */
const NEWEST_RESULTS = `
  select distinct on (expectation, columns, severity, description) id from lab.quality_results where dataset = :name
  order by expectation, columns, severity, description, checked_at desc, id desc`;

/** Keeps the newest state only: of two commits recorded in the wrong order the older changes nothing. */
async function saveState(
  transaction: EntityManager,
  { dataset, version, timestamp }: CommittedVersion,
  state: DatasetState,
): Promise<void> {
  const { keys, time, targets } = state.roles ?? { keys: [], time: null, targets: [] };
  await transaction.query(
    `insert into lab.datasets (name, layer, description, rows, bytes, files, version, columns, keys, time_column, targets, updated_at, partitions, constraints)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
     on conflict (name) do update set description = excluded.description, rows = excluded.rows, bytes = excluded.bytes,
       files = excluded.files, version = excluded.version, columns = excluded.columns,
       keys = case when $15 then excluded.keys else datasets.keys end,
       time_column = case when $15 then excluded.time_column else datasets.time_column end,
       targets = case when $15 then excluded.targets else datasets.targets end,
       updated_at = excluded.updated_at, partitions = excluded.partitions, constraints = excluded.constraints
     where datasets.version <= excluded.version`,
    [
      dataset, layerOf(dataset), state.description, state.rows, state.bytes, state.files, version, JSON.stringify(state.columns),
      JSON.stringify(keys), time, JSON.stringify(targets), timestamp,
      JSON.stringify(state.partitions), JSON.stringify(state.constraints), state.roles !== undefined,
    ],
  ); // prettier-ignore
}

/** What was found, and when: what is recorded late is no newer for it. */
interface Finding<Version> {
  readonly dataset: string;
  readonly version: Version;
  readonly runId: string | null;
  readonly timestamp?: Date;
}

const toEntities = (
  { dataset, version, runId, timestamp = new Date() }: Finding<number | null>,
  checks: readonly QualityCheck[],
) =>
  checks.map(({ checked_rows: checkedRows, failed_rows: failedRows, ...check }) => ({
    ...check,
    dataset,
    version,
    runId,
    checkedRows,
    failedRows,
    checkedAt: timestamp,
  }));

const toChanges = ({ dataset, version, runId, timestamp = new Date() }: Finding<number>, changes: readonly SchemaChange[]) =>
  changes.map((change) => ({ ...change, dataset, version, runId, changedAt: timestamp }));

const toItem = ({ name, layer, description, rows, bytes, files, version, updatedAt }: DatasetEntity): DatasetItem => ({
  name,
  layer: layer as DatasetItem['layer'],
  description,
  rows,
  bytes,
  files,
  version,
  updated_at: updatedAt.toISOString(),
});

const toVersion = (entity: DatasetVersionEntity): DatasetVersion => ({
  version: entity.version,
  timestamp: entity.timestamp.toISOString(),
  operation: entity.operation,
  rows_added: entity.rowsAdded,
  rows_removed: entity.rowsRemoved,
  files_added: entity.filesAdded,
  files_removed: entity.filesRemoved,
  run_id: entity.runId,
  inputs: entity.inputs,
});

const toQuality = (entity: QualityEntity): QualityResult => ({
  expectation: entity.expectation,
  columns: entity.columns,
  severity: entity.severity,
  status: entity.status,
  description: entity.description,
  checked_rows: entity.checkedRows,
  failed_rows: entity.failedRows,
  checked_at: entity.checkedAt.toISOString(),
  version: entity.version,
  run_id: entity.runId,
});
