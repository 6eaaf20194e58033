import type { KafkaMessage } from 'kafkajs';
import type { StoredMessage } from '../../stream.port.js';
import { storedMessage } from '../stored-messages.js';
import { ByteCursor } from './byte-cursor.js';
import { RecordBatch } from './record-batch.js';

/**
 * What kafkajs takes for one message, and is all that was fetched of a partition: it makes objects of each message, several of them,
 * while it is fetched, and looks at none of them but for its offset.
 */
export interface FetchedRecords extends Pick<KafkaMessage, 'offset'> {
  /** Without what was taken back and what only ends a transaction. */
  readonly batches: readonly RecordBatch[];
  /** True when there is nothing in it for readers: kafkajs steps over it. */
  readonly isControlRecord: boolean;
}

interface AbortedTransaction {
  readonly producerId: bigint;
  readonly firstOffset: number;
}

/** The version of the answer to a fetch that this reads: that of all brokers since 2.3. */
export const FETCH_VERSION = 11;

/** @returns the answer as kafkajs has it, or undefined when messages in it are in a format from before 0.11 */
export async function readFetched(payload: Buffer) {
  const cursor = new ByteCursor(payload);
  const [clientSideThrottleTime, errorCode, sessionId] = [cursor.int32(), cursor.int16(), cursor.int32()];
  const topics = cursor.array(() => ({ topicName: cursor.text() ?? '', partitions: cursor.array(() => partitionIn(cursor)) }));
  const responses = await Promise.all(
    topics.map(async ({ topicName, partitions }) => ({ topicName, partitions: await Promise.all(partitions.map(withMessages)) })),
  );
  if (responses.some(({ partitions }) => partitions.some(({ messages }) => messages === undefined))) return undefined;
  return { throttleTime: 0, clientSideThrottleTime, errorCode, sessionId, responses };
}

function partitionIn(cursor: ByteCursor) {
  const [partition, errorCode] = [cursor.int32(), cursor.int16()];
  const [highWatermark, lastStableOffset, lastStartOffset] = [cursor.int64(), cursor.int64(), cursor.int64()].map(String);
  const aborted = cursor.array((): AbortedTransaction => ({ producerId: cursor.int64(), firstOffset: Number(cursor.int64()) }));
  const preferredReadReplica = cursor.int32();
  const records = cursor.slice(cursor.int32());
  return { partition, errorCode, highWatermark, lastStableOffset, lastStartOffset, aborted, preferredReadReplica, records };
}

async function withMessages({ records, aborted, ...partition }: ReturnType<typeof partitionIn>) {
  const batches = records ? await RecordBatch.readAll(records) : [];
  // What was taken back is left out here, so that kafkajs has nothing to look for.
  return { ...partition, abortedTransactions: [], messages: batches && inOne(batches, aborted) };
}

function inOne(batches: readonly RecordBatch[], aborted: readonly AbortedTransaction[]): FetchedRecords[] {
  const last = batches.at(-1);
  if (!last) return [];
  const readable = committed(batches, aborted);
  return [{ offset: String(last.lastOffset), batches: readable, isControlRecord: readable.length === 0 }];
}

function committed(batches: readonly RecordBatch[], aborted: readonly AbortedTransaction[]): RecordBatch[] {
  const begins = [...aborted].sort((one, other) => one.firstOffset - other.firstOffset);
  const aborting = new Set<bigint>();
  return batches.filter((batch) => {
    while (begins.length > 0 && begins[0].firstOffset <= batch.lastOffset) aborting.add(begins.shift()!.producerId);
    if (batch.isAbort) aborting.delete(batch.producerId);
    return !batch.isControl && !(batch.isTransactional && aborting.has(batch.producerId));
  });
}

/** Messages as a session of a group is given them. */
export interface Fetched {
  /** The offset that was asked for: batches begin earlier. */
  readonly fetchedOffset: string;
  readonly messages: readonly (FetchedRecords | KafkaMessage)[];
}

/** Batch by batch, and each only when it is its turn. */
export function* messagesIn({ fetchedOffset, messages }: Fetched, partition: number): Generator<readonly StoredMessage[]> {
  const first = Number(fetchedOffset);
  for (const fetched of messages) {
    if (!('batches' in fetched)) yield [storedMessage(fetched, partition)];
    else for (const batch of fetched.batches) yield batch.messages(partition).filter(({ offset }) => offset >= first);
  }
}
