import type { Cluster } from 'kafkajs';
import { TopicNotFoundError } from '../stream.errors.js';
import type { PartitionRange, Position } from '../stream.port.js';
import { protocolErrorOf } from './kafka-errors.js';

/** @returns the numbers of its partitions, ascending @throws {TopicNotFoundError} */
export async function partitionsOf(cluster: Cluster, topic: string): Promise<number[]> {
  await cluster.refreshMetadataIfNecessary();
  let partitions = cluster.findTopicPartitionMetadata(topic);
  if (partitions.length === 0) {
    await cluster.refreshMetadata();
    partitions = cluster.findTopicPartitionMetadata(topic);
  }
  if (partitions.length === 0) throw new TopicNotFoundError(topic);
  return partitions.map(({ partitionId }) => partitionId).sort((one, other) => one - other);
}

/** @throws {TopicNotFoundError} */
export async function rangesOf(cluster: Cluster, topic: string): Promise<PartitionRange[]> {
  const partitions = await partitionsOf(cluster, topic);
  const [begins, ends] = await ofTopic(cluster, topic, () =>
    Promise.all([offsetsOf(cluster, topic, partitions, EARLIEST), offsetsOf(cluster, topic, partitions, LATEST)]),
  );
  return partitions.map((partition) => {
    const end = ends.get(partition) ?? 0;
    return { partition, begin: Math.min(begins.get(partition) ?? 0, end), end };
  });
}

/** @throws {TopicNotFoundError} */
export async function positionsAt(cluster: Cluster, topic: string, timestamp: number): Promise<Position[]> {
  const partitions = await partitionsOf(cluster, topic);
  // Negative ones ask for the first offset, and the like.
  const time = { fromTimestamp: Math.max(0, Math.ceil(timestamp)) };
  const [firsts, ends] = await ofTopic(cluster, topic, () =>
    Promise.all([offsetsOf(cluster, topic, partitions, time), offsetsOf(cluster, topic, partitions, LATEST)]),
  );
  return partitions.map((partition) => {
    const [first = -1, end = 0] = [firsts.get(partition), ends.get(partition)];
    return { partition, offset: first < 0 ? end : first };
  });
}

/** A topic may go while it is asked about. */
async function ofTopic<Result>(cluster: Cluster, topic: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (protocolErrorOf(error) === 'UNKNOWN_TOPIC_OR_PARTITION') {
      await cluster.refreshMetadata();
      await partitionsOf(cluster, topic);
    }
    throw error;
  }
}

const EARLIEST = { fromBeginning: true } as const;
const LATEST = { fromBeginning: false } as const;

async function offsetsOf(
  cluster: Cluster,
  topic: string,
  partitions: readonly number[],
  from: { readonly fromBeginning: boolean } | { readonly fromTimestamp: number },
): Promise<Map<number, number>> {
  const asked = { topic, partitions: partitions.map((partition) => ({ partition })), ...from };
  const [found] = await cluster.fetchTopicsOffset([asked]);
  return new Map(found.partitions.map(({ partition, offset }) => [partition, Number(offset)]));
}
