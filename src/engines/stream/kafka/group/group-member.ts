import { setTimeout as wait } from 'node:timers/promises';
import type { Cluster } from 'kafkajs';
import { LogSubscription } from '../../log-subscription.js';
import { OffsetOutOfRangeError, StreamAwayError, TopicNotFoundError } from '../../stream.errors.js';
import type { SubscriptionPlan } from '../../stream.port.js';
import type { KafkaLink } from '../kafka-link.js';
import { rangesOf } from '../partition-ranges.js';
import { committedOf } from './group-offsets.js';
import { GroupSession } from './group-session.js';

const LOOK_EVERY_MS = 1000;
const LOOK_WITHIN_MS = 5000;
/** How long nothing may come out of a partition that holds more, before the consumer is taken for stuck. */
const STARVED_MS = 20_000;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5000;

/** What a trouble is about when it is no topic: no topic has a space in its name. */
const GROUP = 'the group';
const LOG = 'the log';
const PLACE = 'partition ';
const placeOf = (topic: string, partition: number): string => `${placesOf(topic)}${partition}`;
const placesOf = (topic: string): string => `${PLACE}${topic}/`;

/** A member of a group for as long as it is wanted: one session after the other. */
export class GroupMember extends LogSubscription {
  private readonly closing = new AbortController();
  /** Where partitions began that have no committed offset: a second time they would begin further on, and skip what is between. */
  private readonly begun = new Map<string, number>();
  /** Topics that were there once: missing they are missed. */
  private readonly seen = new Set<string>();
  private readonly firstTry = Promise.withResolvers<void>();
  private readonly work: Promise<void>;

  private constructor(
    private readonly link: KafkaLink,
    plan: SubscriptionPlan,
    private readonly onClosed: (subscription: GroupMember) => void,
  ) {
    super(plan);
    this.work = this.run();
  }

  /** Resolves when the group has been joined, or when that failed for the first time: it goes on trying. */
  static async open(
    link: KafkaLink,
    plan: SubscriptionPlan,
    onClosed: (subscription: GroupMember) => void,
  ): Promise<GroupMember> {
    const subscription = new GroupMember(link, plan, onClosed);
    await subscription.firstTry.promise;
    return subscription;
  }

  async close(): Promise<void> {
    this.closing.abort();
    await this.work;
    this.onClosed(this);
  }

  private async run(): Promise<void> {
    for (let failures = 0; !this.closing.signal.aborted;) {
      try {
        const ended = await this.read();
        failures = 0;
        if (ended) this.report(GROUP, this.link.note(ended));
      } catch (error) {
        failures++;
        this.report(GROUP, this.link.note(error));
      }
      this.firstTry.resolve();
      const pause = Math.min(FIRST_PAUSE_MS * 2 ** Math.max(0, failures - 1), LONGEST_PAUSE_MS);
      await wait(pause, undefined, { signal: this.closing.signal }).catch(() => undefined);
    }
  }

  /** @returns what ended the session, if anything went wrong */
  private async read(): Promise<Error | undefined> {
    const topics = await this.link.request((cluster) => this.topicsThere(cluster), LOOK_WITHIN_MS);
    this.missing(topics);
    if (topics.length === 0) {
      this.report(GROUP, undefined);
      return undefined;
    }
    const { link, plan, gate } = this;
    const session = await GroupSession.join(
      {
        settings: link.settings,
        plan,
        gate,
        start: (topic, partition) => this.start(topic, partition),
        report: (topic, partition, trouble) => this.report(placeOf(topic, partition), trouble),
      },
      topics,
    );
    this.report(GROUP, undefined);
    this.firstTry.resolve();
    try {
      return await this.watch(session);
    } finally {
      await session.close();
      this.forgetTroubles(PLACE);
    }
  }

  private async watch(session: GroupSession): Promise<Error | undefined> {
    const over = session.ended.then((error) => ({ error }));
    const closed = new Promise<{ error: undefined }>((resolve) => {
      this.closing.signal.addEventListener('abort', () => resolve({ error: undefined }), { once: true });
    });
    for (;;) {
      const end = await Promise.race([over, closed, wait(LOOK_EVERY_MS, undefined, { ref: false })]);
      if (end) return end.error;
      if (this.closing.signal.aborted) return undefined;
      await this.look(session);
    }
  }

  /** Whether the log is there, the topics are the same, and what is in them comes out. */
  private async look(session: GroupSession): Promise<void> {
    try {
      await this.link.request(async (cluster) => {
        const topics = await this.topicsThere(cluster);
        this.missing(topics);
        if (topics.join() !== session.topics.join()) return session.finish(undefined);
        for (const topic of topics) {
          const ends = new Map((await rangesOf(cluster, topic)).map(({ partition, end }) => [partition, end]));
          const partition = session.starving(topic, ends, STARVED_MS);
          if (partition === undefined) continue;
          session.finish(new StreamAwayError(this.link.where, `nothing comes out of partition ${partition} of "${topic}"`));
        }
      }, LOOK_WITHIN_MS);
      this.report(LOG, undefined);
    } catch (error) {
      if (!(error instanceof TopicNotFoundError)) this.report(LOG, error as Error);
    }
  }

  private async topicsThere(cluster: Cluster): Promise<string[]> {
    await cluster.refreshMetadata();
    return this.plan.topics.filter((topic) => cluster.findTopicPartitionMetadata(topic).length > 0);
  }

  private missing(there: readonly string[]): void {
    for (const topic of this.plan.topics) {
      if (there.includes(topic)) {
        this.seen.add(topic);
        if (this.hasTrouble(topic)) this.report(topic, undefined);
      } else if (this.seen.has(topic) && !this.hasTrouble(topic)) {
        this.report(topic, new TopicNotFoundError(topic));
        for (const place of this.begun.keys()) if (place.startsWith(placesOf(topic))) this.begun.delete(place);
      }
    }
  }

  private async start(topic: string, partition: number): Promise<number> {
    const own = await this.plan.startAt?.(topic, partition);
    return this.link.request(async (cluster) => {
      const range = (await rangesOf(cluster, topic)).find((one) => one.partition === partition);
      if (!range) throw new TopicNotFoundError(topic);
      const start = own ?? (await committedOf(cluster, this.group)).get(topic)?.get(partition) ?? this.first(topic, range);
      if (start < range.begin || start > range.end) throw new OffsetOutOfRangeError(topic, partition, start, range);
      return start;
    });
  }

  private first(topic: string, { partition, begin, end }: { partition: number; begin: number; end: number }): number {
    const place = placeOf(topic, partition);
    const first = this.begun.get(place) ?? (this.plan.from === 'earliest' ? begin : end);
    this.begun.set(place, first);
    return first;
  }
}
