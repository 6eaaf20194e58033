import type { Cluster } from 'kafkajs';
import { GroupBusyError, OffsetOutOfRangeError } from '../../stream.errors.js';
import type { PartitionLag, Position } from '../../stream.port.js';
import { protocolErrorOf } from '../kafka-errors.js';
import { rangesOf } from '../partition-ranges.js';

/** What nobody is in can be moved by who is no member. */
const NO_MEMBER = { memberId: '', groupGenerationId: -1 };
const NOTHING = { begin: 0, end: 0 };
const HAS_MEMBERS = new Set(['UNKNOWN_MEMBER_ID', 'ILLEGAL_GENERATION', 'REBALANCE_IN_PROGRESS']);

/** @returns the next offset to read of each partition that the group has committed to */
export async function committedOf(cluster: Cluster, group: string): Promise<Map<string, Map<number, number>>> {
  const coordinator = await coordinatorOf(cluster, group);
  const { responses } = await coordinator.offsetFetch({ groupId: group, topics: [] });
  return new Map(
    responses.map(({ topic, partitions }) => [
      topic,
      // Kafka's own tools write -2 and -1 for the first and the last; they are no offsets.
      new Map(partitions.map(({ partition, offset }) => [partition, Number(offset)] as const).filter(([, at]) => at >= 0)),
    ]),
  );
}

/** @param topics those that the group has committed to, and that are there still, when absent */
export async function lagOf(cluster: Cluster, group: string, topics?: readonly string[]): Promise<PartitionLag[]> {
  const committed = await committedOf(cluster, group);
  await cluster.refreshMetadataIfNecessary();
  const isThere = (topic: string): boolean => cluster.findTopicPartitionMetadata(topic).length > 0;
  const lags: PartitionLag[] = [];
  for (const topic of topics ?? [...committed.keys()].filter(isThere).sort()) {
    for (const range of await rangesOf(cluster, topic)) {
      const next = committed.get(topic)?.get(range.partition) ?? null;
      const lag = range.end - Math.min(range.end, Math.max(range.begin, next ?? range.begin));
      lags.push({ topic, ...range, committed: next, lag });
    }
  }
  return lags;
}

/** @throws {GroupBusyError} @throws {TopicNotFoundError} @throws {OffsetOutOfRangeError} */
export async function moveGroup(cluster: Cluster, group: string, topic: string, positions: readonly Position[]): Promise<void> {
  const ranges = await rangesOf(cluster, topic);
  for (const { partition, offset } of positions) {
    const range = ranges.find((one) => one.partition === partition);
    const isThere = range && offset >= range.begin && offset <= range.end;
    if (!isThere) throw new OffsetOutOfRangeError(topic, partition, offset, range ?? NOTHING);
  }
  const coordinator = await coordinatorOf(cluster, group);
  const partitions = positions.map(({ partition, offset }) => ({ partition, offset: String(offset) }));
  try {
    await coordinator.offsetCommit({ groupId: group, ...NO_MEMBER, topics: [{ topic, partitions }] });
  } catch (error) {
    const refusal = protocolErrorOf(error) ?? '';
    if (HAS_MEMBERS.has(refusal)) throw new GroupBusyError(group);
    throw error;
  }
}

/** Its brokers must be known before one can be found. */
async function coordinatorOf(cluster: Cluster, group: string): ReturnType<Cluster['findGroupCoordinator']> {
  await cluster.refreshMetadataIfNecessary();
  return cluster.findGroupCoordinator({ groupId: group });
}
