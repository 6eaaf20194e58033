import { Appender } from './embedded/appender.js';
import { GroupMember } from './embedded/group-member.js';
import { GroupPositions } from './embedded/group-positions.js';
import { bounded, LogReader } from './embedded/log-reader.js';
import { Retention } from './embedded/retention.js';
import { type Calls, StreamCalls } from './embedded/stream-calls.js';
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
  private readonly calls: StreamCalls;
  private readonly appender: Appender;
  private readonly log: LogReader;
  private readonly positions: GroupPositions;
  private readonly retention: Retention;
  private closing: Promise<void> | undefined;
  private readonly members = new Set<GroupMember>();

  /** @param url of a PostgreSQL with the tables of the lab */
  constructor(url: string) {
    super();
    this.database = new StreamDatabase(url);
    this.catalogue = new TopicCatalogue(this.database);
    this.calls = new StreamCalls(url, this.database, (calls) => this.hear(calls));
    this.appender = new Appender(this.database, this.catalogue, (topicId, partitions) => {
      this.wake(topicId, partitions);
      this.calls.tellAppended(topicId, partitions);
    });
    this.log = new LogReader(this.database);
    this.positions = new GroupPositions(this.database);
    this.retention = new Retention(this.database);
  }

  async ensureTopic(plan: TopicPlan): Promise<void> {
    await this.catalogue.ensure(plan);
    this.tellChanged();
  }

  topics(): Promise<TopicPlan[]> {
    return this.catalogue.list();
  }

  async deleteTopic(name: string): Promise<void> {
    await this.catalogue.delete(name);
    this.tellChanged();
    void this.retention.sweep();
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
    const { database, log } = this;
    const member = await GroupMember.join(
      { database, log, callGroup: (group) => this.callGroup(group), onClosed: (left) => this.members.delete(left) },
      plan,
    );
    this.members.add(member);
    return member;
  }

  lag(group: string, topics?: readonly string[]): Promise<PartitionLag[]> {
    return this.positions.lag(group, topics);
  }

  seek(group: string, topic: string, positions: readonly Position[]): Promise<void> {
    return this.positions.seek(group, topic, positions);
  }

  /** Takes away what retention no longer keeps: it does so by itself, about once a minute. */
  sweep(): Promise<void> {
    return this.retention.sweep();
  }

  async ping(): Promise<void> {
    await this.database.query({ name: 'stream-ping', text: 'select 1' });
  }

  close(): Promise<void> {
    return (this.closing ??= this.drain());
  }

  private async drain(): Promise<void> {
    await Promise.all([...this.members].map((member) => member.close()));
    await this.appender.drain();
    await this.retention.close();
    await this.calls.close();
    await this.database.close();
  }

  private wake(topicId: number, partitions: readonly number[]): void {
    for (const member of this.members) member.wake(topicId, partitions);
  }

  private callGroup(group: string): void {
    for (const member of this.members) if (member.group === group) member.look();
    this.calls.tellGroup(group);
  }

  private tellChanged(): void {
    for (const member of this.members) member.look();
    this.calls.tellChanged();
  }

  /** What another process tells. */
  private hear({ appended, groups, changed }: Calls): void {
    for (const [topicId, partitions] of Object.entries(appended)) this.wake(Number(topicId), partitions);
    for (const member of this.members) if (changed || groups.includes(member.group)) member.look();
  }
}
