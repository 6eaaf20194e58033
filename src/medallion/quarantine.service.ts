import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Inject, Injectable } from '@nestjs/common';
import { DeltaService } from '../delta/delta.service.js';
import { LakeStorage } from '../engines/storage/storage.port.js';
import type { QuarantineContext, QuarantinedRow } from './quarantine.types.js';
import { QUARANTINE_COLUMNS } from './quarantine/quarantine-columns.js';
import { QuarantineTables } from './quarantine/quarantine-tables.js';
import { toRowJson } from './quarantine/row-json.js';

/** Characters kept of the text of a row. */
const TEXT_KEPT = 65_536;
/** Characters of a row's JSON beyond which only its beginning is kept, as text. */
const ROW_KEPT = 4_194_304;

type Batches = AsyncIterable<readonly QuarantinedRow[]> | readonly QuarantinedRow[];

/** Keeps the rows that cannot go on, until somebody mends them. */
@Injectable()
export class QuarantineService {
  constructor(
    @Inject(LakeStorage) private readonly storage: LakeStorage,
    private readonly delta: DeltaService,
    private readonly tables: QuarantineTables,
  ) {}

  /**
   * Keeps rows in one commit: all of them or none. Memory is bounded by one batch, however many there are.
   * @returns how many were kept: none when the context's `txn` is recorded already
   */
  async put(rows: Batches, context: QuarantineContext): Promise<{ rows: number }> {
    const { table, txns } = await this.tables.snapshot(context.dataset);
    const { txn } = context;
    if (txn && (txns.get(txn.appId) ?? -1) >= txn.version) return { rows: 0 };
    const folder = await this.storage.stage();
    try {
      const file = join(folder, 'rows.json');
      const counted = { rows: 0 };
      await pipeline(Readable.from(toLines(rows, context, counted)), createWriteStream(file));
      if (counted.rows === 0) return counted;
      const commit = await this.delta.write(table, {
        mode: 'append',
        query: {
          sql: 'select * from given',
          tables: { given: { format: 'json', files: [file], columns: QUARANTINE_COLUMNS } },
        },
        txn,
        info: { run_id: context.runId ?? null },
      });
      return { rows: commit.rowsAdded };
    } finally {
      await this.storage.discard(folder);
    }
  }
}

async function* toLines(rows: Batches, context: QuarantineContext, counted: { rows: number }): AsyncGenerator<string> {
  const common = {
    revision: 0,
    status: 'open',
    dataset: context.dataset,
    stage: context.stage,
    source: context.source,
    file: context.file,
    batch: context.batch,
    run_id: context.runId,
    quarantined_at: new Date(),
  };
  const toLine = ({ line, text, row, rules, reason }: QuarantinedRow): string =>
    `${JSON.stringify({ id: randomUUID(), ...common, line, ...kept(text, row), rules, reason })}\n`;
  for await (const batch of Symbol.asyncIterator in rows ? rows : [rows]) {
    counted.rows += batch.length;
    yield batch.map(toLine).join('');
  }
}

function kept(text: string | undefined, row: QuarantinedRow['row']): { text?: string; row?: string } {
  const json = row && toRowJson(row);
  if (json === undefined || json.length > ROW_KEPT) return { text: (text ?? json)?.slice(0, TEXT_KEPT) };
  return { text: text?.slice(0, TEXT_KEPT), row: json };
}
