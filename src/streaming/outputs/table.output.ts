import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Inject, Injectable } from '@nestjs/common';
import { DeltaService } from '../../delta/delta.service.js';
import type { Column, Predicate, Relation, SqlValue } from '../../engines/sql/sql.port.js';
import { LakeStorage } from '../../engines/storage/storage.port.js';
import { LakeService, type LakeWrite } from '../../medallion/lake.service.js';
import type { StreamDeclaration } from '../definition/stream.schema.js';
import type { ColumnType, OutputShape } from '../processing/operator.types.js';
import type { DeliveredRow, Delivery, Output } from './delivery.types.js';
import { quoted } from './quoted-name.js';

const TYPES: Readonly<Record<ColumnType, string>> = {
  text: 'VARCHAR',
  double: 'DOUBLE',
  bigint: 'BIGINT',
  boolean: 'BOOLEAN',
  timestamp: 'TIMESTAMP WITH TIME ZONE',
  json: 'VARCHAR',
};
const GONE: Column = { name: '_gone', type: 'BOOLEAN' };

/** Rows in a Delta table: the version of the checkpoint stands in the commit, so that it is made once. */
@Injectable()
export class TableOutput implements Output {
  readonly name = 'table';
  readonly takes = 'rows';

  constructor(
    @Inject(LakeStorage) private readonly storage: LakeStorage,
    private readonly delta: DeltaService,
    private readonly lake: LakeService,
  ) {}

  serves({ to }: StreamDeclaration): boolean {
    return to.table !== undefined;
  }

  async deliver(delivery: Delivery): Promise<void> {
    const folder = await this.storage.stage();
    try {
      const file = join(folder, 'rows.jsonl');
      await pipeline(Readable.from(linesOf(delivery)), createWriteStream(file));
      const given: Relation = { format: 'json', files: [file], columns: [...columnsOf(delivery.shape), GONE], maps: false };
      await this.lake.write(delivery.stream.to.table!, await this.writeOf(delivery, given));
    } finally {
      await this.storage.discard(folder);
    }
  }

  private async writeOf(delivery: Delivery, given: Relation): Promise<LakeWrite> {
    const { stream, shape, version } = delivery;
    const [table, names] = [stream.to.table!, shape.columns.map(({ name }) => quoted(name)).join(', ')];
    const request = {
      txn: { appId: `stream:${stream.name}`, version },
      operation: 'STREAMING UPDATE',
      description: stream.description,
      facts: {
        run_id: null,
        inputs: [{ name: stream.from.topic, version: null }],
        keys: shape.identity ?? [],
        time: null,
        targets: [],
      },
    };
    const fresh = `select ${names} from given where _gone is not true`;
    if (!shape.identity || !(await this.delta.exists(table))) {
      return { ...request, mode: 'append', query: { sql: fresh, tables: { given } } };
    }
    const snapshot = await this.delta.snapshot(table);
    const where = touched(delivery);
    const current = await this.delta.relation(snapshot, where);
    const kept = `select ${names} from current where ${where.sql} and not exists (select 1 from given where ${sameRow(shape.identity)})`;
    const query = { sql: `${fresh} union all ${kept}`, tables: { given, current }, parameters: where.parameters };
    return { ...request, mode: 'overwrite', where, query };
  }
}

function* linesOf({ items }: Delivery): Iterable<string> {
  for (const { values, gone } of items<DeliveredRow>()) yield `${JSON.stringify({ ...values, _gone: gone ?? false })}\n`;
}

const columnsOf = ({ columns }: OutputShape): Column[] => columns.map(({ name, type }) => ({ name, type: TYPES[type] }));

const sameRow = (identity: readonly string[]): string =>
  identity.map((name) => `given.${quoted(name)} is not distinct from current.${quoted(name)}`).join(' and ');

/** The rows among which those are that change: of the same stretch of time, when time is what tells rows apart. */
function touched({ shape, items }: Delivery): Predicate {
  const time = shape.columns.find(({ name, type }) => type === 'timestamp' && shape.identity?.includes(name))?.name;
  if (time === undefined) return { sql: 'true' };
  let [first, last] = ['9999', ''];
  for (const { values } of items<DeliveredRow>()) {
    const at = String(values[time]);
    if (at < first) first = at;
    if (at > last) last = at;
  }
  const bounds: SqlValue[] = [new Date(first), new Date(last)];
  return { sql: `${quoted(time)} >= $1 and ${quoted(time)} <= $2`, parameters: bounds };
}
