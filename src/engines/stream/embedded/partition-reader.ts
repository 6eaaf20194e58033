import { setTimeout as wait } from 'node:timers/promises';
import { StaleOwnerError } from '../stream.errors.js';
import type { MessageBatch, Ownership, StoredMessage, SubscriptionPlan } from '../stream.port.js';
import { Gate } from './gate.js';
import type { Claim, GroupClaims } from './group-claims.js';
import { bounded, type LogReader } from './log-reader.js';

const BATCH = { messages: 1000, bytes: 1024 * 1024 };
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 15_000;

export interface ReaderSurroundings {
  readonly plan: SubscriptionPlan;
  readonly claims: GroupClaims;
  readonly log: LogReader;
  /** Shut while the subscription is paused. */
  readonly gate: Gate;
  /** Undefined when it is over. */
  readonly report: (claim: Claim, trouble: Error | undefined) => void;
}

/** Delivers one partition, batch by batch, for as long as this member owns it. */
export class PartitionReader {
  /** Delivery under one generation; the next one begins after a failure. */
  private delivery = new AbortController();
  private readonly ending = new AbortController();
  /** Shut while there is nothing to read. */
  private readonly news = new Gate();
  private failures = 0;
  private readonly work: Promise<void>;

  constructor(
    private readonly surroundings: ReaderSurroundings,
    private current: Claim,
  ) {
    this.work = this.run();
  }

  get claim(): Claim {
    return this.current;
  }

  /** There may be something new. */
  wake(): void {
    this.news.open();
  }

  /** Delivers no more, and resolves when the batch under way is done. */
  async end(): Promise<void> {
    this.ending.abort();
    this.delivery.abort();
    await this.work;
  }

  private async run(): Promise<void> {
    while (!this.ending.signal.aborted) {
      try {
        await this.deliver();
      } catch (error) {
        this.delivery.abort();
        if (this.ending.signal.aborted) return;
        this.surroundings.report(this.current, error as Error);
        await this.begin();
      }
    }
  }

  /** Under another generation, so that nothing comes through that the failed delivery left behind. */
  private async begin(): Promise<void> {
    const pause = Math.min(FIRST_PAUSE_MS * 2 ** this.failures++, LONGEST_PAUSE_MS);
    await wait(pause, undefined, { signal: this.ending.signal }).catch(() => undefined);
    if (this.ending.signal.aborted) return;
    try {
      this.current = await this.surroundings.claims.retake(this.current);
      this.delivery = new AbortController();
    } catch (error) {
      // The next beat notices it, and ends this reader.
      if (error instanceof StaleOwnerError) this.ending.abort();
    }
  }

  private async deliver(): Promise<void> {
    const { plan, gate } = this.surroundings;
    const owner = this.ownership();
    let position = await this.start();
    let pending: readonly StoredMessage[] = [];
    let end = position;
    while (!owner.signal.aborted) {
      await gate.pass(owner.signal);
      if (pending.length === 0) {
        this.news.shut();
        ({ messages: pending, end } = await this.read(position));
      }
      if (owner.signal.aborted) return;
      if (pending.length === 0) {
        await this.news.pass(owner.signal);
        continue;
      }
      const messages = pending.slice(0, bounded(pending, this.bounds));
      await plan.onBatch(this.batchOf(messages, end), owner);
      pending = pending.slice(messages.length);
      position = messages[messages.length - 1].offset + 1;
      this.recovered();
    }
  }

  private get bounds(): typeof BATCH {
    return { ...BATCH, ...this.surroundings.plan.batch };
  }

  private async read(position: number): Promise<{ messages: StoredMessage[]; end: number }> {
    const { topic, partition } = this.current;
    const { messages, bytes } = this.bounds;
    const reading = await this.surroundings.log.read({ topic, partition, offset: position, limit: messages, mostBytes: bytes });
    if (reading.messages.length === 0) this.recovered();
    return reading;
  }

  private async start(): Promise<number> {
    const { plan, log } = this.surroundings;
    const { topic, partition, committed } = this.current;
    const own = await plan.startAt?.(topic, partition);
    if (own !== undefined) return own;
    if (committed !== null) return committed;
    const ranges = await log.ranges(topic);
    return ranges.find((range) => range.partition === partition)?.begin ?? 0;
  }

  private batchOf(messages: readonly StoredMessage[], end: number): MessageBatch {
    const { topic, partition } = this.current;
    return { topic, partition, messages, end };
  }

  private ownership(): Ownership {
    const claim = this.current;
    return {
      topic: claim.topic,
      partition: claim.partition,
      generation: String(claim.generation),
      signal: this.delivery.signal,
      commit: (next) => this.surroundings.claims.commit(claim, next),
    };
  }

  private recovered(): void {
    if (this.failures === 0) return;
    this.failures = 0;
    this.surroundings.report(this.current, undefined);
  }
}
