import { Injectable } from '@nestjs/common';
import type { SqlValue } from '../../engines/sql/sql.port.js';
import type { Page } from '../../http/page.schema.js';
import { QuarantinedRowNotFoundError } from '../medallion.errors.js';
import type { QuarantineItem, QuarantineQuery } from './quarantine.schema.js';
import type { QuarantineEntry } from './quarantine-columns.js';
import { QuarantineTables } from './quarantine-tables.js';
import { fromRowJson } from './row-json.js';

const FILTERS = {
  dataset: 'dataset',
  run: 'run_id',
  stage: 'stage',
  source: 'source',
  batch: 'batch',
  status: 'status',
} as const;

const ID = /^[0-9a-f-]{36}$/i;

/** What waits in quarantine, and what went back. */
@Injectable()
export class QuarantineListing {
  constructor(private readonly tables: QuarantineTables) {}

  /** Newest first. */
  async list({ limit, offset, ...filters }: QuarantineQuery): Promise<Page<QuarantineItem>> {
    const given = Object.entries(FILTERS).flatMap(([name, column]) => {
      const value = filters[name as keyof typeof FILTERS];
      return value === undefined ? [] : [{ column, value }];
    });
    const where = given.map(({ column }, index) => `${column} = $${index + 1}`).join(' and ');
    const parameters: SqlValue[] = given.map(({ value }) => value);
    const tables = await this.tables.list(filters.dataset);
    const [{ total }] = await this.tables.rows<{ total: bigint }>(tables, {
      sql: `select count(*) as total from quarantined where ${where}`,
      parameters,
    });
    const rows = await this.tables.rows(tables, {
      sql: `select * from quarantined where ${where} order by quarantined_at desc, dataset, file, line, id limit ${limit} offset ${offset}`,
      parameters,
    });
    return { items: rows.map(toItem), total: Number(total) };
  }

  /** @throws {QuarantinedRowNotFoundError} */
  async find(id: string): Promise<QuarantineItem> {
    if (!ID.test(id)) throw new QuarantinedRowNotFoundError([id]);
    const [found] = await this.tables.rows(await this.tables.list(), {
      sql: 'select * from quarantined where id = $1',
      parameters: [id],
    });
    if (!found) throw new QuarantinedRowNotFoundError([id]);
    return toItem(found);
  }
}

const toItem = ({ revision: _, replay: __, ...entry }: QuarantineEntry): QuarantineItem => ({
  ...entry,
  line: entry.line === null ? null : Number(entry.line),
  row: entry.row === null ? null : fromRowJson(entry.row),
  rules: [...entry.rules],
  quarantined_at: entry.quarantined_at.toISOString(),
  replayed_at: entry.replayed_at?.toISOString() ?? null,
});
