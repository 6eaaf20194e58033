/** The most that a message may have, its key and headers included, in every engine. */
export const MESSAGE_BYTES = 1_000_000;

/** UTF-8. */
export type MessageHeaders = Readonly<Record<string, string>>;

export interface NewMessage {
  /** Messages with one key keep their order. Those without are spread. */
  readonly key: string | null;
  /** The bytes as given; null says that what the key stands for is no more. */
  readonly value: Buffer | null;
  readonly headers?: MessageHeaders;
  /** When it happened, in milliseconds since 1970; the moment of the append when absent. */
  readonly timestamp?: number;
}

export interface Position {
  readonly partition: number;
  /** Ascends within a partition, not always by one. */
  readonly offset: number;
}

export interface StoredMessage extends Position {
  readonly key: string | null;
  readonly value: Buffer | null;
  readonly headers: MessageHeaders;
  readonly timestamp: number;
}

/** What is kept at least; what is older, or more, may go at any time. */
export interface Retention {
  /** Unlimited when absent. */
  readonly hours?: number;
  /** Of a partition; unlimited when absent. */
  readonly bytes?: number;
}

export interface TopicPlan extends Retention {
  readonly name: string;
  /** They may become more later, never fewer. With more, keys move to other partitions. */
  readonly partitions: number;
}

/** What a partition holds: offsets from `begin` up to, but without, `end`. */
export interface PartitionRange {
  readonly partition: number;
  readonly begin: number;
  readonly end: number;
}

export interface PartitionLag extends PartitionRange {
  readonly topic: string;
  /** The next offset that the group will read; null before its first commit. */
  readonly committed: number | null;
  /** Messages that the group has yet to read, at most. */
  readonly lag: number;
}

export interface ReadRequest extends Position {
  readonly topic: string;
  readonly limit: number;
  /** Of values, after which no further message is read; one is read however large it is. */
  readonly mostBytes?: number;
}

/** Messages of one partition in their order. */
export interface MessageBatch {
  readonly topic: string;
  readonly partition: number;
  readonly messages: readonly StoredMessage[];
  /** The next offset to be written when they were read: how far behind the reader is. */
  readonly end: number;
}

/** One partition in the hands of one member of a group, from its assignment until it is revoked. */
export interface Ownership {
  readonly topic: string;
  readonly partition: number;
  /** Differs from one assignment to the next: what a reader gathered under another one is void, it will be delivered again. */
  readonly generation: string;
  /** Aborted when the partition is revoked, or the subscription ends. */
  readonly signal: AbortSignal;
  /**
   * Records the next offset to read. It may come later than the batch, and less often.
   * @throws {StaleOwnerError} when the partition belongs to somebody else by now
   */
  commit(next: number): Promise<void>;
}

export interface SubscriptionPlan {
  readonly group: string;
  readonly topics: readonly string[];
  /** Where a group begins that has committed nothing. */
  readonly from: 'earliest' | 'latest';
  /**
   * Where a reader goes on that keeps its own offsets, asked at each assignment; undefined for the committed offset. It may take its
   * time: nothing is delivered meanwhile.
   */
  readonly startAt?: (topic: string, partition: number) => Promise<number | undefined>;
  /** Bytes of values in one batch, about; and messages, at most. */
  readonly batch?: { readonly bytes?: number; readonly messages?: number };
  /**
   * Takes a batch. The next one of the partition comes when it has resolved; batches of several partitions may come side by side.
   * When it fails, the partition is assigned anew after a pause: what was not committed comes again.
   */
  readonly onBatch: (batch: MessageBatch, owner: Ownership) => Promise<void>;
  /** What keeps the subscription from going on, such as {@link OffsetOutOfRangeError}; it tries again by itself. */
  readonly onTrouble?: (error: Error) => void;
}

export interface Subscription {
  readonly group: string;
  /** No batch comes until it is resumed; the partitions stay with this member. */
  pause(): void;
  resume(): void;
  /** The last failure that it has not got over; undefined while all is well. */
  readonly trouble: Error | undefined;
  /** Waits for the batches under way, and gives the partitions back. */
  close(): Promise<void>;
}

/**
 * Durable logs of messages, in partitions. Each group reads every message at least once; a partition has one reader in a group,
 * and a reader that lost it can commit no more. While the log is away its methods fail with {@link StreamAwayError}, and
 * subscriptions wait until it is back.
 */
export abstract class StreamLog {
  abstract readonly engine: 'embedded' | 'kafka';

  /**
   * Makes the topic, or gives the one that is there more partitions and this retention.
   * @throws {InvalidTopicError} for a name that is none, or fewer partitions than it has
   */
  abstract ensureTopic(plan: TopicPlan): Promise<void>;

  /** In the order of their names. */
  abstract topics(): Promise<TopicPlan[]>;

  /** With all that is in it, and what groups committed of it. @throws {TopicNotFoundError} */
  abstract deleteTopic(name: string): Promise<void>;

  /**
   * Resolves when the messages are durable: those of one partition in the order given. A key goes to partition murmur2(key) mod
   * partitions, in every engine.
   * @returns a position for each message
   * @throws {TopicNotFoundError} @throws {MessageTooLargeError} nothing of it is appended
   */
  abstract append(topic: string, messages: readonly NewMessage[]): Promise<Position[]>;

  /**
   * Reads without a group. Nothing at the end of the partition.
   * @throws {TopicNotFoundError} @throws {OffsetOutOfRangeError} when retention has taken the offset, or nobody has written it
   */
  abstract read(request: ReadRequest): Promise<StoredMessage[]>;

  /** @throws {TopicNotFoundError} */
  abstract ranges(topic: string): Promise<PartitionRange[]>;

  /** The first offset of each partition whose message has this time or a later one; its end when there is none. @throws {TopicNotFoundError} */
  abstract offsetsAt(topic: string, timestamp: number): Promise<Position[]>;

  /** Resolves when the group has been joined; partitions come in their time, and topics that are not there yet when they are. */
  abstract subscribe(plan: SubscriptionPlan): Promise<Subscription>;

  /** Of every partition of the topics that the group has committed to, or of these. */
  abstract lag(group: string, topics?: readonly string[]): Promise<PartitionLag[]>;

  /**
   * Moves a group that nobody is in.
   * @throws {GroupBusyError} while it has members @throws {TopicNotFoundError} @throws {OffsetOutOfRangeError}
   */
  abstract seek(group: string, topic: string, positions: readonly Position[]): Promise<void>;

  /** @throws {StreamAwayError} */
  abstract ping(): Promise<void>;

  /** Ends every subscription, and drains what is being appended. */
  abstract close(): Promise<void>;
}
