import { Inject, Injectable } from '@nestjs/common';
import { DeltaService } from '../../delta/delta.service.js';
import type { Snapshot } from '../../delta/delta.types.js';
import { type Query, type Relation, SqlEngine } from '../../engines/sql/sql.port.js';
import { CURRENT_ENTRIES, QUARANTINE_COLUMNS, type QuarantineEntry } from './quarantine-columns.js';

const LAYER = 'quarantine.';

/** `quarantine.silver_flights` keeps what did not become rows of `silver.flights`: a layer has no `_` in its name. */
export const quarantineTableOf = (dataset: string): string => `${LAYER}${dataset.replace('.', '_')}`;

/** No dataset has a `-` in its name, so this is the quarantine table of none. */
export const correctionsTableOf = (dataset: string): string => `${quarantineTableOf(dataset)}-corrections`;

const isQuarantineTable = (table: string): boolean => table.startsWith(LAYER) && !table.includes('-');

/** The Delta tables below `quarantine/`, and what they say now. */
@Injectable()
export class QuarantineTables {
  constructor(
    private readonly delta: DeltaService,
    @Inject(SqlEngine) private readonly sql: SqlEngine,
  ) {}

  /** @param dataset all of them when not given */
  async list(dataset?: string): Promise<string[]> {
    if (dataset === undefined) return (await this.delta.tables()).filter(isQuarantineTable);
    const table = quarantineTableOf(dataset);
    return (await this.delta.exists(table)) ? [table] : [];
  }

  /** The table's newest version; an empty table is made first where there is none. */
  async snapshot(dataset: string): Promise<Snapshot> {
    const table = quarantineTableOf(dataset);
    if (!(await this.delta.exists(table))) await this.create(table, dataset);
    return this.delta.snapshot(table);
  }

  /** Each row of these tables once, as it stands now. */
  async current(tables: readonly string[]): Promise<Relation> {
    const parts = await Promise.all(
      tables.map(async (table) => {
        const entries = await this.delta.relation(await this.delta.snapshot(table));
        return { format: 'view', query: { sql: CURRENT_ENTRIES, tables: { entries } } } as const;
      }),
    );
    if (parts.length === 0) return { format: 'parquet', files: [], columns: QUARANTINE_COLUMNS };
    const union = parts.map((_part, index) => `select * from part_${index}`).join(' union all ');
    const named = Object.fromEntries(parts.map((part, index) => [`part_${index}`, part]));
    return { format: 'view', query: { sql: union, tables: named } };
  }

  /** @param query over `quarantined` */
  async rows<T = QuarantineEntry>(tables: readonly string[], query: Omit<Query, 'tables'>): Promise<T[]> {
    const rows = await this.sql.rows({ ...query, tables: { quarantined: await this.current(tables) } });
    return rows as T[];
  }

  private async create(table: string, dataset: string): Promise<void> {
    await this.delta.write(table, {
      mode: 'append',
      query: { sql: 'select * from nothing', tables: { nothing: { format: 'parquet', files: [], columns: QUARANTINE_COLUMNS } } },
      txn: { appId: 'quarantine:create', version: 1 },
      description: `Rows kept out of ${dataset}, with the rules that they broke`,
    });
  }
}
