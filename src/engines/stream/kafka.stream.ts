import { readFile } from 'node:fs/promises';
import { InvalidSettingsError } from '../../config/config.errors.js';
import type { KafkaConfig } from '../../config/lab-config.js';
import { GroupMember } from './kafka/group/group-member.js';
import { lagOf, moveGroup } from './kafka/group/group-offsets.js';
import { KafkaAppender } from './kafka/kafka-appender.js';
import { aKafka, type KafkaSettings } from './kafka/kafka-client.js';
import { KafkaLink } from './kafka/kafka-link.js';
import { KafkaTopics } from './kafka/kafka-topics.js';
import { positionsAt, rangesOf } from './kafka/partition-ranges.js';
import { readPartition } from './kafka/partition-reader.js';
import {
  type NewMessage,
  type PartitionLag,
  type PartitionRange,
  type Position,
  type ReadRequest,
  type StoredMessage,
  StreamLog,
  type Subscription,
  type SubscriptionPlan,
  type TopicPlan,
} from './stream.port.js';

const PING_WITHIN_MS = 3000;

/** The message log in Apache Kafka, or what speaks its protocol. It need not be there when the process starts. */
export class KafkaStream extends StreamLog {
  readonly engine = 'kafka';
  private readonly link: KafkaLink;
  private readonly catalogue: KafkaTopics;
  private readonly appender: KafkaAppender;
  private readonly subscriptions = new Set<GroupMember>();

  private constructor(settings: KafkaSettings) {
    super();
    this.link = new KafkaLink(settings);
    this.catalogue = new KafkaTopics(this.link);
    this.appender = new KafkaAppender(this.link, aKafka(settings));
  }

  /** Speaks with nobody yet. @throws {InvalidSettingsError} when the certificates cannot be read */
  static async open({ caFile, ...config }: KafkaConfig): Promise<KafkaStream> {
    return new KafkaStream({ ...config, authorities: caFile && (await certificatesIn(caFile)) });
  }

  ensureTopic(plan: TopicPlan): Promise<void> {
    return this.catalogue.ensure(plan);
  }

  topics(): Promise<TopicPlan[]> {
    return this.catalogue.list();
  }

  deleteTopic(name: string): Promise<void> {
    return this.catalogue.delete(name);
  }

  append(topic: string, messages: readonly NewMessage[]): Promise<Position[]> {
    return this.appender.append(topic, messages);
  }

  read(request: ReadRequest): Promise<StoredMessage[]> {
    return this.link.request((cluster) => readPartition(cluster, request));
  }

  ranges(topic: string): Promise<PartitionRange[]> {
    return this.link.request((cluster) => rangesOf(cluster, topic));
  }

  offsetsAt(topic: string, timestamp: number): Promise<Position[]> {
    return this.link.request((cluster) => positionsAt(cluster, topic, timestamp));
  }

  async subscribe(plan: SubscriptionPlan): Promise<Subscription> {
    const subscription = await GroupMember.open(this.link, plan, (closed) => this.subscriptions.delete(closed));
    this.subscriptions.add(subscription);
    return subscription;
  }

  lag(group: string, topics?: readonly string[]): Promise<PartitionLag[]> {
    return this.link.request((cluster) => lagOf(cluster, group, topics));
  }

  seek(group: string, topic: string, positions: readonly Position[]): Promise<void> {
    return this.link.request((cluster) => moveGroup(cluster, group, topic, positions));
  }

  async ping(): Promise<void> {
    await this.link.request((cluster) => cluster.refreshMetadata(), PING_WITHIN_MS);
  }

  async close(): Promise<void> {
    await Promise.all([...this.subscriptions].map((subscription) => subscription.close()));
    await this.appender.close();
    await this.link.close();
  }
}

async function certificatesIn(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((error: Error) => {
    throw new InvalidSettingsError([`KAFKA_CA_FILE: it cannot be read (${error.message})`]);
  });
  if (!text.includes('-----BEGIN CERTIFICATE-----')) {
    throw new InvalidSettingsError(['KAFKA_CA_FILE: there is no certificate in it']);
  }
  return text;
}
