import type { Message } from 'kafkajs';
import { MessageTooLargeError } from '../stream.errors.js';
import { MESSAGE_BYTES, type NewMessage, type Position } from '../stream.port.js';
import { BATCH_BYTES, BATCH_MESSAGES } from './kafka-limits.js';

/** A message on its way: what Kafka is sent, and how large that is. */
export interface OutgoingMessage {
  readonly record: Message;
  readonly bytes: number;
}

/** What goes in one request. */
export type Chunk = (Message & { readonly partition: number })[];

/** Lengths and times of a record take this much at most. */
const RECORD_BYTES = 40;
const HEADER_BYTES = 10;

/** @throws {MessageTooLargeError} */
export function outgoing(topic: string, { key, value, headers, timestamp }: NewMessage): OutgoingMessage {
  let bytes = (key === null ? 0 : Buffer.byteLength(key)) + (value?.length ?? 0);
  let overhead = RECORD_BYTES;
  for (const [name, text] of Object.entries(headers ?? {})) {
    bytes += Buffer.byteLength(name) + Buffer.byteLength(text);
    overhead += HEADER_BYTES;
  }
  if (bytes > MESSAGE_BYTES) throw new MessageTooLargeError(topic, bytes, MESSAGE_BYTES);
  const time = timestamp === undefined ? undefined : String(Math.trunc(timestamp));
  return { record: { key, value, headers, timestamp: time }, bytes: bytes + overhead };
}

/**
 * In the order given, each small enough that no partition has more in it than Kafka takes.
 * @param partitionOf once for each message: one that is sent again must go where it went before
 */
export function chunksOf(messages: readonly OutgoingMessage[], partitionOf: (message: Message) => number): Chunk[] {
  const chunks: Chunk[] = [];
  let filled = new Map<number, { bytes: number; messages: number }>();
  for (const { record, bytes } of messages) {
    const partition = partitionOf(record);
    const { bytes: there, messages: count } = filled.get(partition) ?? { bytes: 0, messages: 0 };
    const isFull = there + bytes > BATCH_BYTES || count >= BATCH_MESSAGES;
    if (isFull || chunks.length === 0) {
      chunks.push([]);
      filled = new Map();
    }
    filled.set(partition, { bytes: isFull ? bytes : there + bytes, messages: isFull ? 1 : count + 1 });
    chunks.at(-1)?.push({ ...record, partition });
  }
  return chunks;
}

/** @param firsts the offset of the first message of each partition */
export function positionsOf(chunk: Chunk, firsts: ReadonlyMap<number, number>): Position[] {
  const next = new Map(firsts);
  return chunk.map(({ partition }) => {
    const offset = next.get(partition);
    // kafkajs leaves out, without a word, what it knows no leader for.
    if (offset === undefined) throw new Error(`partition ${partition} has no leader`);
    next.set(partition, offset + 1);
    return { partition, offset };
  });
}
