import { setTimeout as wait } from 'node:timers/promises';
import { Gate } from '../gate.js';
import { StaleOwnerError } from '../stream.errors.js';
import type { Ownership, StoredMessage, SubscriptionPlan } from '../stream.port.js';
import type { Claim, GroupClaims } from './group-claims.js';
import { bounded, type LogReader } from './log-reader.js';

const BATCH = { messages: 1000, bytes: 1024 * 1024 };
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 10_000;

export interface ReaderSurroundings {
  readonly plan: SubscriptionPlan;
  readonly claims: GroupClaims;
  readonly log: LogReader;
  /** Shut while the subscription is paused. */
  readonly gate: Gate;
  /** Undefined when it is over. */
  readonly report: (trouble: Error | undefined) => void;
}

/** Delivers one partition, batch by batch, for as long as this member owns it. */
export class PartitionReader {
  /** Of the present generation. */
  private delivery = new AbortController();
  private readonly ending = new AbortController();
  /** Shut while there is nothing to read. */
  private readonly news = new Gate();
  private readonly work: Promise<void>;
  private position = 0;
  private failures = 0;
  private over = false;

  constructor(
    private readonly surroundings: ReaderSurroundings,
    private current: Claim,
  ) {
    this.work = this.run().finally(() => (this.over = true));
  }

  get claim(): Claim {
    return this.current;
  }

  /** It has ended, perhaps by itself: somebody else owns the partition. */
  get ended(): boolean {
    return this.over;
  }

  /** There may be something new. @param end of the partition, where it is known */
  wake(end = Infinity): void {
    if (end > this.position) this.news.open();
  }

  /** Delivers no more, and resolves when the batch under way is done. */
  async end(): Promise<void> {
    this.ending.abort();
    this.delivery.abort();
    await this.work;
  }

  private async run(): Promise<void> {
    while (!this.ending.signal.aborted) {
      await this.deliver().catch((error: Error) => this.tell(error));
      this.delivery.abort();
      await this.beginAgain();
    }
  }

  /** Under another generation, so that nothing that the failed delivery left behind comes through. */
  private async beginAgain(): Promise<void> {
    const { signal } = this.ending;
    while (!signal.aborted) {
      const pause = Math.min(FIRST_PAUSE_MS * 2 ** this.failures++, LONGEST_PAUSE_MS);
      await wait(pause, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      try {
        const claim = await this.surroundings.claims.retake(this.current);
        if (!claim) return this.ending.abort();
        this.current = claim;
        this.delivery = new AbortController();
        return;
      } catch (error) {
        this.tell(error as Error);
      }
    }
  }

  /** That it was overtaken is no trouble: somebody else goes on. */
  private tell(error: Error): void {
    if (!this.ending.signal.aborted && !(error instanceof StaleOwnerError)) this.surroundings.report(error);
  }

  private async deliver(): Promise<void> {
    const { plan, gate } = this.surroundings;
    const { topic, partition } = this.current;
    const owner = this.ownership();
    const bounds = { ...BATCH, ...plan.batch };
    this.position = await this.start();
    let [pending, end]: [readonly StoredMessage[], number] = [[], 0];
    for (;;) {
      await gate.pass(owner.signal);
      if (owner.signal.aborted) return;
      if (pending.length === 0) ({ messages: pending, end } = await this.read(bounds, owner.signal));
      // Paused meanwhile, perhaps.
      await gate.pass(owner.signal);
      if (owner.signal.aborted) return;
      const messages = pending.slice(0, bounded(pending, bounds));
      await plan.onBatch({ topic, partition, messages, end }, owner);
      pending = pending.slice(messages.length);
      this.position = messages[messages.length - 1].offset + 1;
      this.recovered();
    }
  }

  /** @returns one message at least, unless the signal is aborted first */
  private async read(bounds: typeof BATCH, signal: AbortSignal): Promise<{ messages: StoredMessage[]; end: number }> {
    const { topic, partition } = this.current;
    for (;;) {
      this.news.shut();
      const request = { topic, partition, offset: this.position, limit: bounds.messages, mostBytes: bounds.bytes };
      const reading = await this.surroundings.log.read(request);
      if (reading.messages.length > 0) return reading;
      this.recovered();
      await this.news.pass(signal);
      if (signal.aborted) return reading;
    }
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
    if (this.failures > 0) this.surroundings.report(undefined);
    this.failures = 0;
  }
}
