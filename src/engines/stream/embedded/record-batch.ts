import type { MessageHeaders, NewMessage, StoredMessage } from '../stream.port.js';

/** A message with its key and headers as bytes. */
export interface EncodedMessage {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Buffer | null;
  readonly timestamp: number;
  /** In a batch. */
  readonly bytes: number;
}

/** Kept in the first byte of a batch, so that another layout can come beside this one. */
const LAYOUT = 1;
/** Timestamp (8 bytes), lengths of key, value and headers (4 bytes each, -1 for none), and then these. Little-endian. */
const RECORD_HEADER = 20;
const NO_HEADERS: MessageHeaders = Object.freeze({});

export const BATCH_HEADER = 1;

export function encodeMessage({ key, value, headers, timestamp }: NewMessage, now: number): EncodedMessage {
  const keyBytes = key === null ? null : Buffer.from(key);
  const headerBytes = headers && Object.keys(headers).length > 0 ? Buffer.from(JSON.stringify(headers)) : null;
  const bytes = RECORD_HEADER + (keyBytes?.length ?? 0) + (value?.length ?? 0) + (headerBytes?.length ?? 0);
  return { key: keyBytes, value, headers: headerBytes, timestamp: timestamp ?? now, bytes };
}

/** Writes a batch of them at the place. @returns where it ends */
export function writeBatch(messages: readonly EncodedMessage[], into: Buffer, start: number): number {
  let at = into.writeUInt8(LAYOUT, start);
  for (const { timestamp, key, value, headers } of messages) {
    at = into.writeDoubleLE(timestamp, at);
    at = into.writeInt32LE(key?.length ?? -1, at);
    at = into.writeInt32LE(value?.length ?? -1, at);
    at = into.writeInt32LE(headers?.length ?? -1, at);
    for (const part of [key, value, headers]) {
      if (!part) continue;
      into.set(part, at);
      at += part.length;
    }
  }
  return at;
}

/** @param first the offset of its first message. Values are windows on the batch: it stays in memory as long as one of them */
export function readBatch(batch: Buffer, partition: number, first: number): StoredMessage[] {
  if (batch[0] !== LAYOUT) throw new Error(`A batch of messages has the layout ${batch[0]}, which this version does not know`);
  const messages: StoredMessage[] = [];
  for (let at = BATCH_HEADER; at < batch.length;) {
    const timestamp = batch.readDoubleLE(at);
    const keyEnd = at + RECORD_HEADER + Math.max(0, batch.readInt32LE(at + 8));
    const valueEnd = keyEnd + Math.max(0, batch.readInt32LE(at + 12));
    const end = valueEnd + Math.max(0, batch.readInt32LE(at + 16));
    messages.push({
      partition,
      offset: first + messages.length,
      key: batch.readInt32LE(at + 8) < 0 ? null : batch.toString('utf8', at + RECORD_HEADER, keyEnd),
      value: batch.readInt32LE(at + 12) < 0 ? null : batch.subarray(keyEnd, valueEnd),
      headers: end === valueEnd ? NO_HEADERS : (JSON.parse(batch.toString('utf8', valueEnd, end)) as MessageHeaders),
      timestamp,
    });
    at = end;
  }
  return messages;
}
