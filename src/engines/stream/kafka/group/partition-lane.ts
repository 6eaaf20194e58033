import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { Batch } from 'kafkajs';
import { Gate } from '../../gate.js';
import { StaleOwnerError } from '../../stream.errors.js';
import type { Ownership, SubscriptionPlan } from '../../stream.port.js';
import { type Fetched, messagesIn } from '../records/fetched-records.js';
import { slicesOf } from './batch-slices.js';

/** What kafkajs has types for, and what it has none for. */
export type FetchedBatch = Omit<Batch, 'messages'> & Fetched;

export interface LaneSurroundings {
  readonly plan: SubscriptionPlan;
  /** Shut while the subscription is paused. */
  readonly gate: Gate;
  /** Where its reader goes on. @throws when that place is not there */
  readonly start: (topic: string, partition: number) => Promise<number>;
  readonly fetching: {
    pause(topic: string, partition: number): void;
    resume(topic: string, partition: number, from?: number): void;
  };
  readonly commit: (topic: string, partition: number, next: number) => Promise<void>;
  /** Undefined when it is over. */
  readonly report: (topic: string, partition: number, trouble: Error | undefined) => void;
}

/** How many fetched batches may wait for the one under way, and how long the next one holds up the others. */
const WAITING = 1;
const PATIENCE_MS = 250;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 15_000;

/** One partition in our hands: asks where to begin, takes what is fetched, and gives it out batch by batch. */
export class PartitionLane {
  private owner: OwnedPartition | undefined;
  /** The next offset that may be fetched; undefined while it is asked where to begin. */
  private next: number | undefined;
  private readonly queue: FetchedBatch[] = [];
  private running: Promise<void> | undefined;
  private readonly ending = new AbortController();
  /** Shut while the queue is full. */
  private readonly room = new Gate();
  private isHeld = false;
  private failures = 0;
  private idleSince = 0;

  constructor(
    private readonly topic: string,
    private readonly partition: number,
    private readonly surroundings: LaneSurroundings,
  ) {
    void this.begin();
  }

  get position(): number | undefined {
    return this.next;
  }

  /** Milliseconds for which nothing came although there is more. @param end of what is there */
  starvingFor(end: number, now: number): number {
    const mayGo = this.next !== undefined && this.next < end && !this.running && !this.surroundings.gate.isShut;
    if (!mayGo) this.idleSince = now;
    return now - this.idleSince;
  }

  /**
   * @param accept called when it is taken, and then at once
   * @returns false when there is no room for it, or it is not what comes next: it is to be fetched again
   */
  async offer(batch: FetchedBatch, accept: () => void): Promise<boolean> {
    const { owner } = this;
    if (!owner || Number(batch.fetchedOffset) !== this.next) return false;
    if (this.room.isShut) await this.room.pass(AbortSignal.any([AbortSignal.timeout(PATIENCE_MS), owner.signal]));
    if (this.owner !== owner) return false;
    if (this.room.isShut) {
      this.hold();
      return false;
    }
    accept();
    this.skipTo(Number(batch.lastOffset()) + 1);
    this.queue.push(batch);
    if (this.queue.length > WAITING) this.room.shut();
    this.running ??= this.deliver(owner);
    return true;
  }

  /** What was fetched holds nothing for readers. */
  skipTo(next: number): void {
    this.next = next;
    this.idleSince = performance.now();
  }

  /** Gives out no more, waits for the batch under way, and lets go. */
  async end(patienceMs?: number): Promise<void> {
    this.ending.abort();
    this.queue.length = 0;
    const late = patienceMs === undefined ? [] : [wait(patienceMs, undefined, { ref: false })];
    await Promise.race([this.running, ...late]);
    this.drop();
  }

  /**
   * What was fetched is void: it is asked anew where to begin.
   * @param trouble that keeps it; none when the answer will tell
   */
  restart(trouble?: Error): void {
    if (this.ending.signal.aborted || !this.owner) return;
    this.drop();
    this.surroundings.fetching.pause(this.topic, this.partition);
    this.failures++;
    if (trouble) this.tell(trouble);
    void this.begin();
  }

  private drop(): void {
    this.owner?.revoke();
    this.owner = undefined;
    this.next = undefined;
    this.queue.length = 0;
    this.room.open();
  }

  private hold(): void {
    this.isHeld = true;
    this.surroundings.fetching.pause(this.topic, this.partition);
  }

  private async begin(): Promise<void> {
    let hadTrouble = false;
    while (!this.ending.signal.aborted) {
      try {
        await this.assign();
        if (hadTrouble) this.tell(undefined);
        return;
      } catch (error) {
        if (this.ending.signal.aborted) return;
        hadTrouble = true;
        this.failures++;
        this.tell(error as Error);
      }
    }
  }

  private async assign(): Promise<void> {
    const { surroundings, topic, partition } = this;
    if (this.failures > 0) await this.rest();
    await this.running;
    const start = await surroundings.start(topic, partition);
    if (this.ending.signal.aborted) return;
    this.skipTo(start);
    this.owner = new OwnedPartition(topic, partition, surroundings);
    this.isHeld = false;
    surroundings.fetching.resume(topic, partition, start);
  }

  private async rest(): Promise<void> {
    const pause = Math.min(FIRST_PAUSE_MS * 2 ** (this.failures - 1), LONGEST_PAUSE_MS);
    await wait(pause, undefined, { signal: this.ending.signal });
  }

  private async deliver(owner: OwnedPartition): Promise<void> {
    try {
      while (this.queue.length > 0) {
        await this.give(this.queue[0], owner);
        if (owner.signal.aborted) return;
        this.queue.shift();
        this.makeRoom();
      }
    } catch (error) {
      if (this.owner === owner) this.restart(error as Error);
    } finally {
      this.running = undefined;
    }
  }

  private makeRoom(): void {
    if (this.queue.length > WAITING) return;
    this.room.open();
    if (!this.isHeld) return;
    this.isHeld = false;
    this.surroundings.fetching.resume(this.topic, this.partition);
  }

  private async give(batch: FetchedBatch, owner: OwnedPartition): Promise<void> {
    const { plan, gate } = this.surroundings;
    const { topic, partition } = this;
    for (const messages of slicesOf(messagesIn(batch, partition), plan.batch)) {
      if (gate.isShut) await gate.pass(AbortSignal.any([owner.signal, this.ending.signal]));
      if (owner.signal.aborted || this.ending.signal.aborted) return;
      await plan.onBatch({ topic, partition, messages, end: Number(batch.highWatermark) }, owner);
      if (this.failures > 0) this.tell(undefined);
      this.failures = 0;
    }
  }

  private tell(trouble: Error | undefined): void {
    this.surroundings.report(this.topic, this.partition, trouble);
  }
}

/** From one assignment to its end. */
class OwnedPartition implements Ownership {
  readonly generation = randomUUID();
  private readonly revocation = new AbortController();

  constructor(
    readonly topic: string,
    readonly partition: number,
    private readonly surroundings: Pick<LaneSurroundings, 'plan' | 'commit'>,
  ) {}

  get signal(): AbortSignal {
    return this.revocation.signal;
  }

  async commit(next: number): Promise<void> {
    const { topic, partition, surroundings } = this;
    if (this.signal.aborted) throw new StaleOwnerError(surroundings.plan.group, topic, partition);
    await surroundings.commit(topic, partition, next);
  }

  revoke(): void {
    this.revocation.abort();
  }
}
