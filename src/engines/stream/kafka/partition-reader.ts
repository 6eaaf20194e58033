import type { Broker, Cluster, KafkaMessage } from 'kafkajs';
import { OffsetOutOfRangeError } from '../stream.errors.js';
import type { ReadRequest, StoredMessage } from '../stream.port.js';
import { protocolErrorOf } from './kafka-errors.js';
import { FETCH_BYTES } from './kafka-limits.js';
import { partitionsOf, rangesOf } from './partition-ranges.js';
import { storedMessage } from './stored-messages.js';

/** What a fetch answers of one partition; kafkajs has no types for it. */
interface FetchedPartition {
  readonly highWatermark: string;
  readonly lastStableOffset?: string;
  readonly messages: readonly FetchedMessage[];
  readonly abortedTransactions?: readonly AbortedTransaction[];
}

type FetchedMessage = KafkaMessage & {
  readonly isControlRecord?: boolean;
  readonly batchContext?: { readonly producerId: string; readonly inTransaction: boolean };
};

interface AbortedTransaction {
  readonly producerId: string;
  readonly firstOffset: string;
}

const READ_COMMITTED = 1;
/** The key of the record that ends a transaction which came to nothing. */
const ABORTED = Buffer.from([0, 0, 0, 0]);

/** Reads from one partition without a group. @throws {TopicNotFoundError} @throws {OffsetOutOfRangeError} */
export async function readPartition(cluster: Cluster, request: ReadRequest): Promise<StoredMessage[]> {
  const { partition, offset, limit, mostBytes = Infinity } = request;
  const leader = await leaderOf(cluster, request);
  const read: StoredMessage[] = [];
  let [next, bytes] = [offset, 0];
  while (read.length < limit && bytes < mostBytes) {
    const fetched = await fetchFrom(cluster, leader, { ...request, offset: next });
    const { messages, highWatermark, lastStableOffset = highWatermark } = fetched;
    for (const message of committed(fetched)) {
      if (Number(message.offset) < next || read.length >= limit || bytes >= mostBytes) continue;
      read.push(storedMessage(message, partition));
      bytes += message.value?.length ?? 0;
    }
    const last = messages.at(-1);
    if (!last || Number(last.offset) + 1 >= Number(lastStableOffset)) break;
    next = Number(last.offset) + 1;
  }
  return read;
}

async function leaderOf(cluster: Cluster, { topic, partition, offset }: ReadRequest): Promise<Broker> {
  const partitions = await partitionsOf(cluster, topic);
  if (!partitions.includes(partition)) throw new OffsetOutOfRangeError(topic, partition, offset, { begin: 0, end: 0 });
  const [nodeId] = Object.keys(cluster.findLeaderForPartitions(topic, [partition]));
  return cluster.findBroker({ nodeId });
}

async function fetchFrom(cluster: Cluster, leader: Broker, { topic, partition, offset }: ReadRequest): Promise<FetchedPartition> {
  const asked = { partition, fetchOffset: String(offset), maxBytes: FETCH_BYTES };
  try {
    const { responses } = (await leader.fetch({
      isolationLevel: READ_COMMITTED,
      maxWaitTime: 0,
      minBytes: 0,
      maxBytes: FETCH_BYTES,
      topics: [{ topic, partitions: [asked] }],
    })) as { responses: { partitions: FetchedPartition[] }[] };
    return responses[0].partitions[0];
  } catch (error) {
    if (protocolErrorOf(error) !== 'OFFSET_OUT_OF_RANGE') throw error;
    const { begin = 0, end = 0 } = (await rangesOf(cluster, topic)).find((range) => range.partition === partition) ?? {};
    throw new OffsetOutOfRangeError(topic, partition, offset, { begin, end });
  }
}

/** Without what only ends a transaction, and without what was taken back. */
function committed({ messages, abortedTransactions }: FetchedPartition): FetchedMessage[] {
  const begins = [...(abortedTransactions ?? [])];
  const aborting = new Set<string>();
  return messages.filter(({ offset, key, isControlRecord, batchContext }) => {
    while (begins.length > 0 && Number(offset) >= Number(begins[0].firstOffset)) aborting.add(begins.shift()?.producerId ?? '');
    if (!batchContext) return true;
    if (isControlRecord && key?.equals(ABORTED)) aborting.delete(batchContext.producerId);
    return !isControlRecord && !(batchContext.inTransaction && aborting.has(batchContext.producerId));
  });
}
