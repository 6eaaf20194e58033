import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { StreamDeclaration } from '../definition/stream.schema.js';
import { endWhenFrozen } from '../processing/frozen-owner.js';
import type { ColumnType, OutputShape } from '../processing/operator.types.js';
import { StreamSettings } from '../processing/stream-settings.js';
import { StreamTableMisfitError } from '../streaming.errors.js';
import type { DeliveredRow } from './delivery.types.js';
import { quoted } from './quoted-name.js';

export const STREAM_SCHEMA = 'streams';

const TYPES: Readonly<Record<ColumnType, string>> = {
  text: 'text',
  double: 'double precision',
  bigint: 'bigint',
  boolean: 'boolean',
  timestamp: 'timestamp with time zone',
  json: 'jsonb',
};
const AT_ONCE = 5_000;

/** The rows of streams in tables of PostgreSQL, written in the transaction of their checkpoint. */
@Injectable()
export class PostgresRows {
  constructor(
    private readonly database: DataSource,
    private readonly settings: StreamSettings,
  ) {}

  /** Makes the table, or finds that it fits. @throws {StreamTableMisfitError} */
  async prepare({ to: { postgres } }: StreamDeclaration, { columns, identity }: OutputShape): Promise<void> {
    if (postgres === undefined) return;
    const table = tableOf(postgres);
    const declared = columns.map(({ name, type }) => `${quoted(name)} ${TYPES[type]}`);
    await this.database.transaction(async (transaction) => {
      await endWhenFrozen(transaction, this.settings.leaseMs);
      // Two that make the same schema at once would both find it missing.
      await transaction.query(`select pg_advisory_xact_lock(hashtext('lab.streams'))`);
      await transaction.query(`create schema if not exists ${STREAM_SCHEMA}`);
      await transaction.query(`create table if not exists ${table} (${declared.join(', ')})`);
      await this.refuseMisfit(transaction, postgres, columns);
      if (!identity) return;
      const key = identity.map(quoted).join(', ');
      const index = quoted(`${postgres}_key`);
      await transaction.query(`create unique index if not exists ${index} on ${table} (${key}) nulls not distinct`);
    });
  }

  async write(
    to: EntityManager,
    { to: { postgres } }: StreamDeclaration,
    shape: OutputShape,
    rows: readonly DeliveredRow[],
  ): Promise<void> {
    if (postgres === undefined) return;
    const kept = rows.filter(({ gone }) => !gone);
    for (let from = 0; from < kept.length; from += AT_ONCE) {
      await to.query(insertInto(postgres, shape), [json(kept.slice(from, from + AT_ONCE))]);
    }
    const gone = rows.filter((row) => row.gone);
    if (gone.length > 0) await to.query(deleteFrom(postgres, shape), [json(gone)]);
  }

  private async refuseMisfit(transaction: EntityManager, table: string, columns: OutputShape['columns']): Promise<void> {
    const found = await transaction.query<{ name: string; type: string }[]>(
      `select column_name as name, data_type as type from information_schema.columns where table_schema = $1 and table_name = $2`,
      [STREAM_SCHEMA, table],
    );
    const wrong = columns.find(({ name, type }) => found.find((column) => column.name === name)?.type !== TYPES[type]);
    if (wrong) {
      throw new StreamTableMisfitError(`${STREAM_SCHEMA}.${table}`, `no column "${wrong.name}" of the type ${TYPES[wrong.type]}`);
    }
  }
}

const tableOf = (name: string): string => `${STREAM_SCHEMA}.${quoted(name)}`;
const json = (rows: readonly DeliveredRow[]): string => JSON.stringify(rows.map(({ values }) => values));
const recordset = (columns: OutputShape['columns']): string =>
  `jsonb_to_recordset($1::jsonb) as given(${columns.map(({ name, type }) => `${quoted(name)} ${TYPES[type]}`).join(', ')})`;

function insertInto(table: string, { columns, identity }: OutputShape): string {
  const names = columns.map(({ name }) => quoted(name));
  const insert = `insert into ${tableOf(table)} (${names.join(', ')}) select ${names.join(', ')} from ${recordset(columns)}`;
  if (!identity) return insert;
  const set = columns
    .filter(({ name }) => !identity.includes(name))
    .map(({ name }) => `${quoted(name)} = excluded.${quoted(name)}`);
  return `${insert} on conflict (${identity.map(quoted).join(', ')}) do update set ${set.join(', ')}`;
}

function deleteFrom(table: string, { columns, identity = [] }: OutputShape): string {
  const same = identity.map((name) => `kept.${quoted(name)} is not distinct from given.${quoted(name)}`);
  return `delete from ${tableOf(table)} kept using ${recordset(columns)} where ${same.join(' and ')}`;
}
