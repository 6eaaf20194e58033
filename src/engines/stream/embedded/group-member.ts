import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { LogSubscription } from '../log-subscription.js';
import { TopicNotFoundError } from '../stream.errors.js';
import type { SubscriptionPlan } from '../stream.port.js';
import { type Claim, GroupClaims, type GroupView, type Place } from './group-claims.js';
import { changeOf } from './group-share.js';
import type { LogReader } from './log-reader.js';
import { PartitionReader } from './partition-reader.js';
import type { StreamDatabase } from './stream-database.js';

const BEAT_MS = 1000;
const LEASE_MS = 6000;
/** How long a batch under way may keep a partition that is to move. What it commits after that is refused. */
const DRAIN_MS = 30_000;

export interface MemberSurroundings {
  readonly database: StreamDatabase;
  readonly log: LogReader;
  /** Partitions of the group are to move, or are free: who is in it had better look. */
  readonly callGroup: (group: string) => void;
  readonly onClosed: (member: GroupMember) => void;
}

const placeOf = ({ topicId, partition }: Pick<Place, 'topicId' | 'partition'>): string => `${topicId} ${partition}`;

/** A member of a group: gives signs of life, takes its share of the partitions, and reads them. */
export class GroupMember extends LogSubscription {
  private readonly id = randomUUID();
  private readonly claims: GroupClaims;
  private readonly readers = new Map<string, PartitionReader>();
  /** Partitions that are given back once their batch is done. */
  private readonly leaving = new Map<string, Promise<void>>();
  /** Topics that were there at one time. */
  private readonly seen = new Set<string>();
  private beating: Promise<void> | undefined;
  private beatTimer: NodeJS.Timeout | undefined;
  private leaseTimer: NodeJS.Timeout | undefined;
  private called = false;
  private closing: Promise<void> | undefined;
  private closed = false;

  private constructor(
    private readonly surroundings: MemberSurroundings,
    plan: SubscriptionPlan,
  ) {
    super(plan);
    this.claims = new GroupClaims(surroundings.database, plan, this.id, LEASE_MS);
  }

  /** Resolves when it has tried: while PostgreSQL is away it goes on trying by itself. */
  static async join(surroundings: MemberSurroundings, plan: SubscriptionPlan): Promise<GroupMember> {
    const member = new GroupMember(surroundings, plan);
    member.look();
    await member.beating;
    surroundings.callGroup(plan.group);
    return member;
  }

  close(): Promise<void> {
    return (this.closing ??= this.leave());
  }

  /** Something was appended there. */
  wake(topicId: number, partitions: readonly number[]): void {
    for (const partition of partitions) this.readers.get(placeOf({ topicId, partition }))?.wake();
  }

  /** Gives a sign of life now, and looks what has changed. */
  look(): void {
    if (this.beating) {
      this.called = true;
      return;
    }
    if (this.closed) return;
    clearTimeout(this.beatTimer);
    this.called = false;
    this.beating = this.beat()
      .then(() => this.report('', undefined))
      .catch((error: unknown) => this.report('', error as Error))
      .finally(() => {
        this.beating = undefined;
        if (this.called) this.look();
        else if (!this.closed) this.beatTimer = setTimeout(() => this.look(), BEAT_MS);
      });
  }

  private async beat(): Promise<void> {
    const asked = performance.now();
    const view = await this.claims.beat();
    if (this.closed) return;
    clearTimeout(this.leaseTimer);
    this.leaseTimer = setTimeout(() => this.loseAll(), LEASE_MS - (performance.now() - asked));
    this.miss(view);
    await this.keep(view);
    if (this.closing) return;
    const { surplus, wanted } = changeOf(this.id, view);
    for (const place of surplus) this.giveBack(placeOf(place));
    if (wanted.length > 0) for (const claim of await this.claims.take(wanted)) this.start(claim);
  }

  /** Says which topics are gone that were there. */
  private miss({ topics }: GroupView): void {
    const there = new Set(topics.map(({ name }) => name));
    for (const name of there) this.report(name, undefined);
    for (const name of this.seen.difference(there)) this.report(name, new TopicNotFoundError(name));
    for (const name of there) this.seen.add(name);
  }

  /** Drops what another one has by now, wakes who has something to read, and takes up again what was given up while PostgreSQL was away. */
  private async keep({ topics }: GroupView): Promise<void> {
    const own = new Map(
      topics.flatMap(({ places }) =>
        places.filter(({ generation }) => generation !== null).map((place) => [placeOf(place), place]),
      ),
    );
    for (const [place, reader] of this.readers) {
      if (!own.has(place) || reader.ended) this.drop(place, reader);
      else reader.wake(own.get(place)?.end);
    }
    if (this.closing) return;
    for (const [name, place] of own) {
      if (this.readers.has(name)) continue;
      const claim = await this.claims.retake({ ...place, generation: place.generation ?? 0 });
      if (claim) this.start(claim);
    }
  }

  private start(claim: Claim): void {
    const { plan, claims, gate } = this;
    const place = placeOf(claim);
    const report = (trouble: Error | undefined): void => {
      if (this.readers.get(place) === reader) this.report(place, trouble);
    };
    const reader = new PartitionReader({ plan, claims, gate, report, log: this.surroundings.log }, claim);
    this.readers.set(place, reader);
    if (this.closing) void reader.end();
  }

  private drop(place: string, reader: PartitionReader): void {
    this.readers.delete(place);
    this.report(place, undefined);
    void reader.end();
  }

  /** Nobody answered for as long as the lease lasts: the partitions may be in other hands. */
  private loseAll(): void {
    for (const [place, reader] of this.readers) this.drop(place, reader);
  }

  private giveBack(place: string): void {
    const reader = this.readers.get(place);
    if (!reader || this.leaving.has(place)) return;
    const left = this.release(place, reader)
      .catch(() => undefined)
      .finally(() => this.leaving.delete(place));
    this.leaving.set(place, left);
  }

  private async release(place: string, reader: PartitionReader): Promise<void> {
    await Promise.race([reader.end(), wait(DRAIN_MS, undefined, { ref: false })]);
    await this.claims.release(reader.claim);
    if (this.readers.get(place) === reader) this.drop(place, reader);
    this.surroundings.callGroup(this.group);
  }

  private async leave(): Promise<void> {
    const ends = [...this.readers.values()].map((reader) => reader.end());
    await Promise.race([Promise.all(ends), wait(DRAIN_MS, undefined, { ref: false })]);
    await Promise.all(this.leaving.values());
    this.closed = true;
    clearTimeout(this.beatTimer);
    clearTimeout(this.leaseTimer);
    await this.beating;
    this.loseAll();
    // Away with PostgreSQL: its leases end by themselves.
    await this.claims.leave().catch(() => undefined);
    this.surroundings.callGroup(this.group);
    this.surroundings.onClosed(this);
  }

  protected override report(about: string, trouble: Error | undefined): void {
    super.report(about, this.closing ? undefined : trouble);
  }
}
