import { type Kafka, Partitioners, type Producer } from 'kafkajs';
import { LabError } from '../../../errors/lab-error.js';
import { TopicNotFoundError } from '../stream.errors.js';
import type { NewMessage, Position } from '../stream.port.js';
import { type Chunk, chunksOf, outgoing, type OutgoingMessage, positionsOf } from './append-chunks.js';
import { protocolErrorOf } from './kafka-errors.js';
import { BATCH_BYTES, BATCH_MESSAGES, LONGEST_WAIT_MS, METADATA_MS } from './kafka-limits.js';
import { type KafkaLink, within } from './kafka-link.js';
import { partitionsOf } from './partition-ranges.js';
import { Revivable } from './revivable.js';

interface Waiting {
  readonly messages: readonly OutgoingMessage[];
  readonly resolve: (positions: Position[]) => void;
  readonly reject: (error: Error) => void;
}

/** The appends to one topic: what comes while one is under way goes with the next. */
interface Lane {
  readonly waiting: Waiting[];
  running: Promise<void> | undefined;
}

const TOGETHER = { messages: 8 * BATCH_MESSAGES, bytes: 8 * BATCH_BYTES };

/**
 * Appends by an idempotent producer: what kafkajs sends again is written once. That holds only while nothing else is sent to the
 * topic meanwhile, because after a failure kafkajs gives the numbers of the messages that may have arrived to those that come next,
 * and Kafka takes these for known. So one request at a time goes to a topic, and after a failure the producer is another one.
 */
export class KafkaAppender {
  private readonly lanes = new Map<string, Lane>();
  private readonly producer: Revivable<Producer>;
  private readonly choose = Partitioners.DefaultPartitioner();
  /** Partitions that the producer knows of: it leaves out what is for others. */
  private readonly known = new Map<string, number>();

  constructor(
    private readonly link: KafkaLink,
    kafka: Kafka,
  ) {
    const config = { idempotent: true, createPartitioner: Partitioners.DefaultPartitioner, metadataMaxAge: METADATA_MS };
    this.producer = new Revivable(
      async () => {
        const producer = kafka.producer(config);
        await producer.connect();
        return producer;
      },
      (producer) => producer.disconnect(),
      (error) => !(error instanceof LabError),
    );
  }

  /** @throws {TopicNotFoundError} @throws {MessageTooLargeError} nothing is appended then */
  async append(topic: string, messages: readonly NewMessage[]): Promise<Position[]> {
    const all = messages.map((message) => outgoing(topic, message));
    const lane = this.lanes.get(topic) ?? { waiting: [], running: undefined };
    this.lanes.set(topic, lane);
    const done = Promise.withResolvers<Position[]>();
    lane.waiting.push({ messages: all, resolve: done.resolve, reject: done.reject });
    lane.running ??= this.drain(topic, lane);
    return done.promise;
  }

  async close(): Promise<void> {
    for (const { running } of this.lanes.values()) await running;
    await this.producer.close();
  }

  private async drain(topic: string, lane: Lane): Promise<void> {
    while (lane.waiting.length > 0) {
      const together = takeTogether(lane.waiting);
      try {
        const positions = await this.link.ask(() =>
          this.write(
            topic,
            together.flatMap(({ messages }) => messages),
          ),
        );
        for (const { messages, resolve } of together) resolve(positions.splice(0, messages.length));
      } catch (error) {
        for (const { reject } of together) reject(error as Error);
      }
    }
    lane.running = undefined;
    this.lanes.delete(topic);
  }

  private async write(topic: string, messages: readonly OutgoingMessage[]): Promise<Position[]> {
    const partitions = await this.link.request((cluster) => partitionsOf(cluster, topic));
    await this.tell(topic, partitions.length);
    const partitionMetadata = partitions.map((partitionId) => ({ ...NO_METADATA, partitionId }));
    const chunks = chunksOf(messages, (message) => this.choose({ topic, partitionMetadata, message }));
    const positions: Position[] = [];
    for (const chunk of chunks) positions.push(...positionsOf(chunk, await this.send(topic, chunk)));
    return positions;
  }

  private async tell(topic: string, partitions: number): Promise<void> {
    const known = this.known.get(topic) ?? partitions;
    if (known !== partitions) await this.producer.close();
    this.known.set(topic, partitions);
  }

  private async send(topic: string, chunk: Chunk): Promise<Map<number, number>> {
    try {
      return await this.sendOnce(topic, chunk);
    } catch (error) {
      if (protocolErrorOf(error) !== 'UNKNOWN_TOPIC_OR_PARTITION') throw error;
      // A producer asks for all the topics that it ever wrote to: one that was deleted keeps it from writing to the others.
      await this.link.request(async (cluster) => {
        await cluster.refreshMetadata();
        if (cluster.findTopicPartitionMetadata(topic).length === 0) throw new TopicNotFoundError(topic);
      });
      return this.sendOnce(topic, chunk);
    }
  }

  /** @returns the offset of the first message of each partition */
  private sendOnce(topic: string, messages: Chunk): Promise<Map<number, number>> {
    return this.producer.use(async (producer) => {
      const sent = await within(2 * LONGEST_WAIT_MS, producer.send({ topic, messages, acks: ALL_REPLICAS }));
      return new Map(sent.map(({ partition, baseOffset }) => [partition, Number(baseOffset)]));
    });
  }
}

const ALL_REPLICAS = -1;
const NO_METADATA = { partitionErrorCode: 0, leader: 0, replicas: [], isr: [] };

function takeTogether(waiting: Waiting[]): Waiting[] {
  let [count, bytes] = [0, 0];
  const end = waiting.findIndex(({ messages }, at) => {
    count += messages.length;
    bytes += messages.reduce((sum, message) => sum + message.bytes, 0);
    return at > 0 && (count > TOGETHER.messages || bytes > TOGETHER.bytes);
  });
  return waiting.splice(0, end < 0 ? waiting.length : end);
}
