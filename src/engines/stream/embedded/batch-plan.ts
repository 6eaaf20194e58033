import { partitionOf } from '../partition.js';
import { BATCH_HEADER, type EncodedMessage, writeBatch } from './record-batch.js';

/** Of one batch, about: what is read at once at least. */
const BATCH_BYTES = 512 * 1024;
/** A reader that looks for an offset need not look further than so many ahead. */
export const BATCH_MESSAGES = 4096;

/** Messages that become one row, and their places among those of the append. */
export interface PlannedBatch {
  readonly partition: number;
  readonly messages: EncodedMessage[];
  readonly places: number[];
  bytes: number;
}

/** Deals messages out to batches by partition, in the order of the partitions. @param turn where those without a key begin */
export function planBatches(messages: readonly EncodedMessage[], partitions: number, turn: number): PlannedBatch[] {
  const open = new Map<number, PlannedBatch>();
  const planned: PlannedBatch[] = [];
  for (const [place, message] of messages.entries()) {
    const partition = message.key ? partitionOf(message.key, partitions) : (turn + place) % partitions;
    let batch = open.get(partition);
    if (!batch || batch.bytes + message.bytes > BATCH_BYTES || batch.messages.length === BATCH_MESSAGES) {
      batch = { partition, messages: [], places: [], bytes: BATCH_HEADER };
      open.set(partition, batch);
      planned.push(batch);
    }
    batch.messages.push(message);
    batch.places.push(place);
    batch.bytes += message.bytes;
  }
  return planned.sort((a, b) => a.partition - b.partition);
}

/** One after the other, as a single statement takes them. */
export function encodeBatches(batches: readonly PlannedBatch[]): Buffer {
  const records = Buffer.allocUnsafe(batches.reduce((sum, { bytes }) => sum + bytes, 0));
  let at = 0;
  for (const { messages } of batches) at = writeBatch(messages, records, at);
  return records;
}
