import { Appender } from './embedded/appender.js';
import { GroupMember } from './embedded/group-member.js';
import { GroupPositions } from './embedded/group-positions.js';
import { bounded, LogReader } from './embedded/log-reader.js';
import { StreamDatabase } from './embedded/stream-database.js';
import { TopicCatalogue } from './embedded/topic-catalogue.js';
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

/** The message log in tables of PostgreSQL: for as many messages as one machine takes in, with nothing else to run. */
export class EmbeddedStream extends StreamLog {
  readonly engine = 'embedded';
  private readonly database: StreamDatabase;
  private readonly catalogue: TopicCatalogue;
  private readonly appender: Appender;
  private readonly log: LogReader;
  private readonly positions: GroupPositions;
  private readonly members = new Set<GroupMember>();

  /** @param url of a PostgreSQL with the tables of the lab */
  constructor(url: string) {
    super();
    this.database = new StreamDatabase(url);
    this.catalogue = new TopicCatalogue(this.database);
    this.appender = new Appender(this.database, this.catalogue, (topicId, partitions) => this.wake(topicId, partitions));
    this.log = new LogReader(this.database);
    this.positions = new GroupPositions(this.database);
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

  async read(request: ReadRequest): Promise<StoredMessage[]> {
    const { messages } = await this.log.read(request);
    return messages.slice(0, bounded(messages, { messages: request.limit, bytes: request.mostBytes ?? Infinity }));
  }

  ranges(topic: string): Promise<PartitionRange[]> {
    return this.log.ranges(topic);
  }

  offsetsAt(topic: string, timestamp: number): Promise<Position[]> {
    return this.log.offsetsAt(topic, timestamp);
  }

  async subscribe(plan: SubscriptionPlan): Promise<Subscription> {
    const member = await GroupMember.join(this.database, this.log, plan, (left) => this.members.delete(left));
    this.members.add(member);
    return member;
  }

  lag(group: string, topics?: readonly string[]): Promise<PartitionLag[]> {
    return this.positions.lag(group, topics);
  }

  seek(group: string, topic: string, positions: readonly Position[]): Promise<void> {
    return this.positions.seek(group, topic, positions);
  }

  async ping(): Promise<void> {
    await this.database.query({ name: 'stream-ping', text: 'select 1' });
  }

  /** Without this, whoever still reads would keep the rooms from closing that it reads for. */
  async endSubscriptions(): Promise<void> {
    await Promise.all([...this.members].map((member) => member.close()));
  }

  async close(): Promise<void> {
    await this.endSubscriptions();
    await this.appender.drain();
    await this.database.close();
  }

  private wake(topicId: number, partitions: readonly number[]): void {
    for (const member of this.members) member.wake(topicId, partitions);
  }
}
