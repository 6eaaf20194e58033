import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { OffsetOutOfRangeError } from '../../engines/stream/stream.errors.js';
import {
  type MessageBatch,
  type Ownership,
  type PartitionRange,
  StreamLog,
  type Subscription,
} from '../../engines/stream/stream.port.js';
import type { StreamDeclaration } from '../definition/stream.schema.js';
import { Deliveries } from '../outputs/deliveries.js';
import { StaleStreamError, StreamBehindError, StreamChangedError, TopicReplacedError } from '../streaming.errors.js';
import { type Checkpoint, Checkpoints, type Hold } from './checkpoints.js';
import { SourceTopic } from './source-topic.js';
import { StreamMemory } from './stream-memory.js';
import { observeCheckpoint } from './stream-metrics.js';
import { StreamSettings } from './stream-settings.js';

/** What every stream is carried on with. */
@Injectable()
export class StreamParts {
  constructor(
    @Inject(StreamLog) readonly log: StreamLog,
    readonly checkpoints: Checkpoints,
    readonly deliveries: Deliveries,
    readonly source: SourceTopic,
    readonly settings: StreamSettings,
  ) {}
}

/** So much output is not gathered any further before it is made durable. */
const MOST_PENDING = 20_000;
const IDLE_CHECKS = 4;

export const groupOf = (stream: string): string => `stream.${stream}`;

/** One stream in the hands of this process: takes messages, keeps checkpoints, delivers what they hold. */
export class StreamRun {
  private readonly logger = new Logger(StreamRun.name);
  private readonly owners = new Map<number, Ownership>();
  /** When each partition gave something last, by the monotonic clock. */
  private readonly heard = new Map<number, number>();
  private readonly timers: NodeJS.Timeout[] = [];
  private subscription: Subscription | undefined;
  /** One thing at a time: batches, checkpoints, looks at the clock. */
  private turn: Promise<unknown> = Promise.resolve();
  private delivering: Promise<void> = Promise.resolve();
  /** Why what the last checkpoint holds has not arrived. */
  private undelivered: Error | undefined;
  private ended = false;
  /** Aborted when its end is near: who starts next delivers what has not arrived. */
  private readonly leaving = new AbortController();

  private constructor(
    private readonly stream: StreamDeclaration,
    private readonly hold: Hold,
    private readonly parts: StreamParts,
    private readonly memory: StreamMemory,
    /** Called once when it cannot go on; what is in memory is void then. */
    private readonly onEnd: (error: Error) => void,
  ) {}

  /**
   * Goes on from the last checkpoint.
   * @throws {StreamChangedError} @throws {StaleStreamError}
   */
  static async start(
    stream: StreamDeclaration,
    hold: Hold,
    parts: StreamParts,
    onEnd: (error: Error) => void,
  ): Promise<StreamRun> {
    const checkpoint = await parts.checkpoints.load(hold);
    if (checkpoint.fingerprint !== null && checkpoint.fingerprint !== stream.fingerprint) {
      throw new StreamChangedError(stream.name);
    }
    const memory = new StreamMemory(stream, checkpoint);
    for await (const piece of parts.checkpoints.state(hold)) memory.restore(piece);
    memory.begin();
    await parts.deliveries.prepare(stream, memory.operator.output);
    const run = new StreamRun(stream, hold, parts, memory, onEnd);
    await run.open(checkpoint);
    return run;
  }

  /** What keeps it from going on, while it tries. */
  get trouble(): Error | undefined {
    const trouble = this.subscription?.trouble ?? this.undelivered;
    return trouble instanceof OffsetOutOfRangeError ? new StreamBehindError(this.stream.name, trouble.message) : trouble;
  }

  /** Takes nothing more, keeps what it has, and waits for its deliveries. */
  async stop(): Promise<void> {
    if (this.ended) return this.close();
    this.leaving.abort();
    this.subscription?.pause();
    this.timers.forEach(clearInterval);
    await this.exclusively(() => this.checkpoint()).catch((error: unknown) => this.logger.warn(this.said(error)));
    await this.close();
  }

  /** Takes nothing more, and keeps nothing: it belongs to somebody else, or begins anew. */
  async close(): Promise<void> {
    this.ended = true;
    this.leaving.abort();
    this.timers.forEach(clearInterval);
    await this.subscription?.close();
    await this.turn;
    // It may not be under way still when this process takes the stream again.
    await this.delivering;
  }

  private async open({ version, startFrom }: Checkpoint): Promise<void> {
    const { from, checkpoint } = this.stream;
    await this.expectSameTopic();
    const beginning = startFrom ?? (version === 0 ? from.start : 'earliest');
    for (const { partition, begin, end } of await this.parts.source.ranges(from.topic)) {
      this.memory.meet(partition, beginning === 'latest' ? end : begin);
    }
    this.subscription = await this.parts.log.subscribe({
      group: groupOf(this.stream.name),
      topics: [from.topic],
      from: 'earliest',
      startAt: (_topic, partition) => this.startAt(partition),
      onBatch: (batch, owner) => this.take(batch, owner),
      onTrouble: (error) => this.logger.error(this.said(error)),
    });
    this.timers.push(
      setInterval(() => this.attempt(() => this.checkpoint()), checkpoint),
      setInterval(() => this.lookForIdle(), Math.max(100, from.idle / IDLE_CHECKS)),
    );
    this.delivering = this.deliver();
  }

  /**
   * Partitions that came later are read from their first message. All are met before the first event of any: one that nobody waits for
   * would let the watermark run past what it holds.
   */
  private async startAt(partition: number): Promise<number> {
    await this.expectSameTopic();
    if (this.memory.nextOf(partition) === undefined) {
      for (const range of await this.parts.source.ranges(this.stream.from.topic)) this.memory.meet(range.partition, range.begin);
    }
    return this.memory.nextOf(partition) ?? 0;
  }

  /** Offsets of one that was deleted would pass over what the one after it begins with. @throws {TopicReplacedError} */
  private async expectSameTopic(): Promise<void> {
    const { memory, parts, stream } = this;
    const id = await parts.source.idOf(stream.from.topic);
    if (id !== null && memory.topicId !== null && id !== memory.topicId) {
      throw new TopicReplacedError(stream.name, stream.from.topic);
    }
    memory.topicId ??= id;
  }

  private async take(batch: MessageBatch, owner: Ownership): Promise<void> {
    await this.exclusively(async () => {
      if (this.ended) return;
      this.owners.set(batch.partition, owner);
      this.heard.set(batch.partition, performance.now());
      await this.memory.take(batch);
      if (this.memory.pending.size > MOST_PENDING) await this.checkpoint();
    });
  }

  private lookForIdle(): void {
    this.parts.source
      .ranges(this.stream.from.topic)
      .then((ranges) => this.exclusively(() => this.restIdle(ranges)))
      .catch(() => undefined);
  }

  private restIdle(ranges: readonly PartitionRange[]): Promise<void> {
    const since = performance.now() - this.stream.from.idle;
    const caughtUp = new Set(this.memory.caughtUp(ranges));
    for (const { partition, begin } of ranges) {
      this.memory.meet(partition, begin);
      const heard = this.heard.get(partition);
      if (heard === undefined) this.heard.set(partition, performance.now());
      else if (heard < since && caughtUp.has(partition) && !this.memory.isIdle(partition)) this.memory.rest(partition);
    }
    return Promise.resolve();
  }

  private async checkpoint(): Promise<void> {
    if (!this.memory.hasNews) return;
    // What the last one holds goes out first: what waits stays bounded, and in order.
    await this.delivering;
    // It has not, and we are leaving: who goes on reads again what came since.
    if (this.undelivered) return;
    const { memory, stream, hold, parts } = this;
    const { output } = memory.operator;
    const checkpoint = await memory.checkpoint();
    const deliveries = await parts.deliveries.packed(stream, memory.pending);
    const elapsed = await parts.checkpoints.commit(hold, { ...checkpoint, deliveries }, (transaction) =>
      parts.deliveries.write(transaction, stream, output, memory.pending),
    );
    observeCheckpoint(stream.name, elapsed / 1000);
    memory.pending.clear();
    if (deliveries.size > 0) this.delivering = this.deliver();
    this.tellGroup(checkpoint.positions);
  }

  /** Where the group stands is for those who look at its lag: what counts is the checkpoint. */
  private tellGroup(positions: Readonly<Record<string, { readonly next: number }>>): void {
    for (const [partition, owner] of this.owners) {
      if (owner.signal.aborted) this.owners.delete(partition);
      else owner.commit(positions[partition].next).catch(() => undefined);
    }
  }

  /** As often as it takes. What it brings stands in PostgreSQL, so that another may go on with it. */
  private async deliver(): Promise<void> {
    const { hold, stream, memory, parts } = this;
    const { signal } = this.leaving;
    for (let pause = parts.settings.retryMs; ; pause = Math.min(2 * pause, parts.settings.mostRetryMs)) {
      try {
        await parts.deliveries.deliver(hold, stream, memory.operator.output);
        this.undelivered = undefined;
        return;
      } catch (error) {
        if (error instanceof StaleStreamError) return this.end(error);
        if (!this.undelivered) this.logger.warn(this.said(error));
        this.undelivered = error as Error;
        await sleep(pause, undefined, { signal }).catch(() => undefined);
        if (signal.aborted) return;
      }
    }
  }

  private attempt(work: () => Promise<void>): void {
    this.exclusively(() => (this.ended ? Promise.resolve() : work())).catch(() => undefined);
  }

  /** What fails here has failed for good in this process: memory and what is kept may differ from then on. */
  private exclusively<T>(work: () => Promise<T>): Promise<T> {
    const result = this.turn.then(work);
    this.turn = result.catch((error: Error) => this.end(error));
    return result;
  }

  private end(error: Error): void {
    if (this.ended) return;
    this.ended = true;
    this.onEnd(error);
  }

  private said(error: unknown): string {
    return `Stream ${this.stream.name}: ${error instanceof Error ? error.message : String(error)}`;
  }
}
