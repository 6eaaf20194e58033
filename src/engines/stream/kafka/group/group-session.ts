import type { Cluster, Consumer, EachBatchPayload } from 'kafkajs';
import { StaleOwnerError, StreamAwayError } from '../../stream.errors.js';
import type { KafkaSettings } from '../kafka-client.js';
import { aKafka } from '../kafka-client.js';
import { protocolErrorOf } from '../kafka-errors.js';
import { FETCH_BYTES, METADATA_MS } from '../kafka-limits.js';
import { within } from '../kafka-link.js';
import { readOurselves } from '../records/own-reading.js';
import { dealInTurn } from './group-assigner.js';
import { type FetchedBatch, type LaneSurroundings, PartitionLane } from './partition-lane.js';

export interface SessionSurroundings extends Omit<LaneSurroundings, 'fetching' | 'commit'> {
  readonly settings: KafkaSettings;
}

const STALE = new Set(['ILLEGAL_GENERATION', 'UNKNOWN_MEMBER_ID', 'REBALANCE_IN_PROGRESS', 'FENCED_INSTANCE_ID']);
/** Until the others take over what a member had that died. */
const SESSION_MS = 10_000;
const HEARTBEAT_MS = 2000;
const REBALANCE_MS = 20_000;
/** How long those who are asked to give partitions back may go on with a batch: until the others would go on without them. */
const GRACE_MS = 5000;
const FETCH_WAIT_MS = 200;
const MOST_FETCH_BYTES = 10 * FETCH_BYTES;
const LARGEST_PARTITION_BYTES = 4 * FETCH_BYTES;
const JOIN_WITHIN_MS = 45_000;
/** A lane takes what is fetched without keeping the others waiting, so that there can be one for each. */
const CONCURRENCY = 1000;

/**
 * One life of a kafkajs consumer, from joining the group to the first failure. kafkajs could start again by itself; but then it
 * would not let go of a topic that is gone, and would not say what keeps it.
 */
export class GroupSession {
  /** Resolves with what ended it; undefined when it was closed, or has to begin anew for other topics. */
  readonly ended: Promise<Error | undefined>;
  private readonly end: (error: Error | undefined) => void;
  private readonly consumer: Consumer;
  private readonly lanes = new Map<string, PartitionLane>();
  private commitThrough: EachBatchPayload['commitOffsetsIfNecessary'] | undefined;
  private isOver = false;

  private constructor(
    private readonly surroundings: SessionSurroundings,
    readonly topics: readonly string[],
  ) {
    const { promise, resolve } = Promise.withResolvers<Error | undefined>();
    [this.ended, this.end] = [promise, resolve];
    const { plan, settings } = surroundings;
    this.consumer = aKafka(settings).consumer({
      groupId: plan.group,
      partitionAssigners: [(config) => dealInTurn({ ...config, cluster: this.watched(config.cluster) })],
      sessionTimeout: SESSION_MS,
      heartbeatInterval: HEARTBEAT_MS,
      rebalanceTimeout: REBALANCE_MS,
      maxWaitTimeInMs: FETCH_WAIT_MS,
      maxBytes: MOST_FETCH_BYTES,
      maxBytesPerPartition: Math.min(Math.max(plan.batch?.bytes ?? 0, FETCH_BYTES), LARGEST_PARTITION_BYTES),
      metadataMaxAge: METADATA_MS,
      retry: { retries: 3, initialRetryTime: 100, maxRetryTime: 1000, restartOnFailure: async () => false },
    });
    this.listen();
  }

  /** Resolves when it is a member of the group. */
  static async join(surroundings: SessionSurroundings, topics: readonly string[]): Promise<GroupSession> {
    const session = new GroupSession(surroundings, topics);
    try {
      await within(JOIN_WITHIN_MS, session.start());
    } catch (error) {
      session.leaveInPeace();
      throw error;
    }
    return session;
  }

  /** Gives the partitions back when the batches under way are done. */
  async close(): Promise<void> {
    this.isOver = true;
    await this.endLanes();
    this.finish(undefined);
    await within(GRACE_MS, this.consumer.disconnect()).catch(() => undefined);
  }

  /** @param error why it cannot go on; undefined when it is to begin anew */
  finish(error: Error | undefined): void {
    this.end(error);
  }

  /** @param ends of the topics' partitions @returns a partition out of which nothing came for so long, though there is more */
  starving(topic: string, ends: ReadonlyMap<number, number>, forMs: number): number | undefined {
    const now = performance.now();
    for (const [partition, end] of ends) {
      const lane = this.lanes.get(keyOf(topic, partition));
      if (lane && lane.starvingFor(end, now) > forMs) return partition;
    }
    return undefined;
  }

  private listen(): void {
    const { events } = this.consumer;
    this.consumer.on(events.GROUP_JOIN, ({ payload }) => this.assign(payload.memberAssignment));
    this.consumer.on(events.CRASH, ({ payload }) => this.finish(payload.error));
    this.consumer.on(events.START_BATCH_PROCESS, ({ payload: { topic, partition, batchSize, lastOffset } }) => {
      // kafkajs steps over what holds only the ends of transactions, and shows it to nobody.
      if (batchSize === 0) this.lanes.get(keyOf(topic, partition))?.skipTo(Number(lastOffset) + 1);
    });
  }

  private async start(): Promise<void> {
    await this.consumer.connect();
    await this.consumer.subscribe({ topics: [...this.topics], fromBeginning: true });
    await this.consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: CONCURRENCY,
      eachBatch: (payload) => this.take(payload),
    });
    // When it could not join, run() resolves all the same, after the crash.
    const crash = await Promise.race([this.ended, Promise.resolve(undefined)]);
    if (crash) throw crash;
  }

  /**
   * kafkajs asks for the coordinator when it is about to join, so that this is the last moment at which the partitions are ours. And
   * where a fetch tells that a reader is out of range, kafkajs would commit the first offset or the last, without a word.
   */
  private watched(cluster: Cluster): Cluster {
    const [findCoordinator, findBroker] = [cluster.findGroupCoordinator.bind(cluster), cluster.findBroker.bind(cluster)];
    const watchedBrokers = new WeakSet();
    cluster.findGroupCoordinator = async (group) => {
      await this.endLanes(GRACE_MS);
      return findCoordinator(group);
    };
    cluster.findBroker = async (node) => {
      const broker = await findBroker(node);
      if (watchedBrokers.has(broker)) return broker;
      watchedBrokers.add(broker);
      const fetch = broker.fetch.bind(broker);
      broker.fetch = (request) => {
        readOurselves(broker);
        return fetch(request).catch((error: unknown) => this.onFetchFailed(error));
      };
      return broker;
    };
    return cluster;
  }

  /** @returns that nothing was fetched, when we know better than kafkajs what to do */
  private onFetchFailed(error: unknown): { responses: never[] } {
    const failure = protocolErrorOf(error);
    if (failure === 'OFFSET_OUT_OF_RANGE') {
      const { topic, partition } = error as { topic: string; partition: number };
      this.lanes.get(keyOf(topic, partition))?.restart();
      return { responses: [] };
    }
    if (failure === 'UNKNOWN_TOPIC_OR_PARTITION') this.finish(undefined);
    throw error;
  }

  private assign(assignment: Readonly<Record<string, readonly number[]>>): void {
    if (this.isOver) return this.leaveInPeace();
    const { consumer } = this;
    const surroundings: LaneSurroundings = {
      ...this.surroundings,
      fetching: {
        pause: (topic, partition) => consumer.pause([{ topic, partitions: [partition] }]),
        resume: (topic, partition, from) => {
          if (from !== undefined) consumer.seek({ topic, partition, offset: String(from) });
          consumer.resume([{ topic, partitions: [partition] }]);
        },
      },
      commit: (topic, partition, next) => this.commit(topic, partition, next),
    };
    for (const [topic, partitions] of Object.entries(assignment)) {
      consumer.pause([{ topic, partitions: [...partitions] }]);
      for (const partition of partitions) {
        this.lanes.set(keyOf(topic, partition), new PartitionLane(topic, partition, surroundings));
      }
    }
  }

  private async take({ batch, resolveOffset, isStale, commitOffsetsIfNecessary }: EachBatchPayload): Promise<void> {
    this.commitThrough = commitOffsetsIfNecessary;
    const lane = this.lanes.get(keyOf(batch.topic, batch.partition));
    if (!lane || isStale()) return;
    const last = batch.messages[batch.messages.length - 1];
    await lane.offer(batch as unknown as FetchedBatch, () => resolveOffset(last.offset));
  }

  /** Not by `consumer.commitOffsets`, which would try again under the next generation. */
  private async commit(topic: string, partition: number, next: number): Promise<void> {
    try {
      await this.commitThrough?.({ topics: [{ topic, partitions: [{ partition, offset: String(next) }] }] });
    } catch (error) {
      const { plan, settings } = this.surroundings;
      if (STALE.has(protocolErrorOf(error) ?? '')) throw new StaleOwnerError(plan.group, topic, partition);
      throw new StreamAwayError(settings.brokers.join(','), (error as Error).message);
    }
  }

  private async endLanes(patienceMs?: number): Promise<void> {
    const lanes = [...this.lanes.values()];
    await Promise.all(lanes.map((lane) => lane.end(patienceMs)));
    this.lanes.clear();
  }

  /** One that is still joining cannot be stopped yet: it is told when it has joined. */
  private leaveInPeace(): void {
    this.isOver = true;
    setTimeout(() => void this.consumer.disconnect().catch(() => undefined), 0);
  }
}

const keyOf = (topic: string, partition: number): string => `${topic}/${partition}`;
