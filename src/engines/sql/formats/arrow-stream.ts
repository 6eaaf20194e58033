import type { DuckDBDataChunk, DuckDBValue } from '@duckdb/node-api';
import { Data, type DataType, RecordBatch, RecordBatchStreamWriter, Schema, Struct } from 'apache-arrow';
import type { ArrowPart } from '../sandbox/sandbox-messages.js';
import { type ArrowColumn, arrowColumn, fieldOf } from './arrow-columns.js';
import type { ResultColumn } from './column-casts.js';

/** Rows and, more or less, bytes from which on they are sent together. */
const ENOUGH_ROWS = 16_384;
const ENOUGH_BYTES = 4 * 1024 * 1024;
/** What ends a stream: a message of no length. */
const END = Uint8Array.of(255, 255, 255, 255, 0, 0, 0, 0);

/**
 * A result as a stream of Arrow's IPC format, batch by batch; the first part holds the schema.
 * @param columns of types that Arrow has
 * @param next undefined, or a chunk without rows, behind the last one
 */
export async function* arrowStream(
  columns: readonly ResultColumn[],
  next: () => Promise<DuckDBDataChunk | null>,
): AsyncGenerator<ArrowPart> {
  const writer = new BatchWriter(columns);
  let before = writer.schema;
  for (;;) {
    const gathered = await gather(columns.length, next);
    if (gathered.rows === 0) break;
    yield { rows: gathered.rows, bytes: Buffer.concat([before, writer.batch(gathered.values, gathered.rows)]) };
    before = new Uint8Array();
  }
  yield { rows: 0, bytes: Buffer.concat([before, END]) };
}

class BatchWriter {
  /** Begins a stream. */
  readonly schema: Uint8Array;
  private readonly columns: readonly ArrowColumn[];
  private readonly fields: Schema;

  constructor(columns: readonly ResultColumn[]) {
    this.columns = columns.map(({ type }) => arrowColumn(type));
    this.fields = new Schema(columns.map(({ name }, index) => fieldOf(name, this.columns[index])));
    this.schema = this.written([]);
  }

  batch(values: readonly DuckDBValue[][], rows: number): Uint8Array {
    const children = this.columns.map(({ pack }, index) => pack(values[index]));
    const data = new Data(new Struct(this.fields.fields), 0, rows, 0, undefined, children);
    const batch = new RecordBatch(this.fields, data);
    return this.written([batch]).subarray(this.schema.length);
  }

  /** A whole stream without its end. */
  private written(batches: RecordBatch[]): Uint8Array {
    const writer = new RecordBatchStreamWriter<Record<string, DataType>>();
    writer.reset(undefined, this.fields);
    for (const batch of batches) writer.write(batch);
    const whole = writer.finish().toUint8Array(true);
    return whole.subarray(0, whole.length - END.length);
  }
}

async function gather(
  columns: number,
  next: () => Promise<DuckDBDataChunk | null>,
): Promise<{ values: DuckDBValue[][]; rows: number }> {
  const values = Array.from({ length: columns }, (): DuckDBValue[] => []);
  let [rows, weight] = [0, 0];
  while (rows < ENOUGH_ROWS && weight < ENOUGH_BYTES) {
    const chunk = await next();
    const count = chunk?.rowCount ?? 0;
    if (!chunk || count === 0) break;
    for (const [column, held] of values.entries()) {
      const vector = chunk.getColumnVector(column);
      for (let row = 0; row < count; row++) {
        const value = vector.getItem(row);
        weight += weightOf(value);
        held.push(value);
      }
    }
    rows += count;
  }
  return { values, rows };
}

function weightOf(value: DuckDBValue): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 8;
  if ('bytes' in value) return value.bytes.length;
  if ('items' in value) return value.items.reduce((sum: number, item) => sum + weightOf(item), 8);
  if (!('entries' in value)) return 16;
  const entries = Array.isArray(value.entries)
    ? value.entries.flatMap((entry) => [entry.key, entry.value])
    : Object.values(value.entries);
  return entries.reduce((sum: number, held) => sum + weightOf(held), 8);
}
