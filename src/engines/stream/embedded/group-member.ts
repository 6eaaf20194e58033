import { randomUUID } from 'node:crypto';
import type { Subscription, SubscriptionPlan } from '../stream.port.js';
import { Gate } from './gate.js';
import { type Claim, GroupClaims } from './group-claims.js';
import type { LogReader } from './log-reader.js';
import { PartitionReader } from './partition-reader.js';
import type { StreamDatabase } from './stream-database.js';

const BEAT_MS = 1000;

/** A member of a group: keeps the lease on its partitions, and reads them. */
export class GroupMember implements Subscription {
  private readonly gate = new Gate();
  private readonly claims: GroupClaims;
  private readonly readers = new Map<string, PartitionReader>();
  private readonly troubles = new Map<string, Error>();
  private timer: NodeJS.Timeout | undefined;
  private beating: Promise<void> = Promise.resolve();
  private closing: Promise<void> | undefined;

  private constructor(
    database: StreamDatabase,
    private readonly log: LogReader,
    private readonly plan: SubscriptionPlan,
    private readonly onClosed: (member: GroupMember) => void,
  ) {
    this.claims = new GroupClaims(database, plan, randomUUID());
  }

  static async join(
    database: StreamDatabase,
    log: LogReader,
    plan: SubscriptionPlan,
    onClosed: (member: GroupMember) => void,
  ): Promise<GroupMember> {
    const member = new GroupMember(database, log, plan, onClosed);
    await member.beat();
    member.beatLater();
    return member;
  }

  get group(): string {
    return this.plan.group;
  }

  get trouble(): Error | undefined {
    return [...this.troubles.values()].at(-1);
  }

  pause(): void {
    this.gate.shut();
  }

  resume(): void {
    this.gate.open();
  }

  wake(topicId: number, partitions: readonly number[]): void {
    for (const partition of partitions) this.readers.get(`${topicId} ${partition}`)?.wake();
  }

  close(): Promise<void> {
    return (this.closing ??= this.leave());
  }

  private async leave(): Promise<void> {
    await Promise.all([...this.readers.values()].map((reader) => reader.end()));
    clearTimeout(this.timer);
    await this.beating;
    await this.claims.release().catch(() => undefined);
    this.onClosed(this);
  }

  private beatLater(): void {
    this.timer = setTimeout(() => {
      this.beating = this.beat()
        .then(() => this.report('beat', undefined))
        .catch((error: unknown) => this.report('beat', error as Error))
        .finally(() => !this.closing && this.beatLater());
    }, BEAT_MS);
  }

  private async beat(): Promise<void> {
    const kept = new Map((await this.claims.renew()).map((claim) => [`${claim.topicId} ${claim.partition}`, claim]));
    for (const [place, reader] of this.readers) {
      if (kept.get(place)?.generation === reader.claim.generation) reader.wake();
      else if (!kept.has(place)) this.drop(place, reader);
    }
    if (this.closing) return;
    for (const claim of await this.claims.take()) this.start(claim);
  }

  private start(claim: Claim): void {
    const { plan, claims, log, gate } = this;
    const place = `${claim.topicId} ${claim.partition}`;
    const report = (_claim: Claim, trouble: Error | undefined): void => this.report(place, trouble);
    this.readers.set(place, new PartitionReader({ plan, claims, log, gate, report }, claim));
  }

  private drop(place: string, reader: PartitionReader): void {
    this.readers.delete(place);
    this.report(place, undefined);
    void reader.end();
  }

  private report(place: string, trouble: Error | undefined): void {
    this.troubles.delete(place);
    if (!trouble) return;
    this.troubles.set(place, trouble);
    this.plan.onTrouble?.(trouble);
  }
}
