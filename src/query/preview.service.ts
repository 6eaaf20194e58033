import { Inject, Injectable } from '@nestjs/common';
import { DeltaService } from '../delta/delta.service.js';
import { SqlEngine } from '../engines/sql/sql.port.js';
import { datasetSnapshot } from './dataset-snapshot.js';
import { toJsonValue } from './json-value.js';
import type { Preview, PreviewQuery } from './preview.schema.js';

/** The first rows of a table, as of any version. */
@Injectable()
export class PreviewService {
  constructor(
    private readonly delta: DeltaService,
    @Inject(SqlEngine) private readonly sql: SqlEngine,
  ) {}

  /** @throws {DatasetNotFoundError} @throws {VersionNotFoundError} @throws {VersionVacuumedError} @throws {UnsupportedFeatureError} */
  async preview(name: string, { limit, version }: PreviewQuery): Promise<Preview> {
    const snapshot = await datasetSnapshot(this.delta, name, version);
    const tables = { dataset: await this.delta.relation(snapshot) };
    const rows = await this.sql.rows({ sql: `select * from dataset limit ${limit}`, tables });
    return {
      columns: snapshot.columns.map(({ name: column, type }) => ({ name: column, type })),
      rows: rows.map((row) => toJsonValue(row) as Record<string, unknown>),
      version: snapshot.version,
    };
  }
}
