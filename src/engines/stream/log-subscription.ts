import { Gate } from './gate.js';
import type { Subscription, SubscriptionPlan } from './stream.port.js';

/** What members of a group have alike in every engine: a gate that holds batches back, and troubles by what they are about. */
export abstract class LogSubscription implements Subscription {
  protected readonly gate = new Gate();
  /** In the order in which they came. */
  private readonly troubles = new Map<string, Error>();

  protected constructor(protected readonly plan: SubscriptionPlan) {}

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

  abstract close(): Promise<void>;

  /**
   * Tells a trouble once, however often it is met.
   * @param about a topic, a partition, the group: a later trouble takes the place of an earlier one
   * @param trouble undefined when it is over
   */
  protected report(about: string, trouble: Error | undefined): void {
    const known = this.troubles.get(about)?.message;
    this.troubles.delete(about);
    if (!trouble) return;
    this.troubles.set(about, trouble);
    if (trouble.message !== known) this.plan.onTrouble?.(trouble);
  }

  protected hasTrouble(about: string): boolean {
    return this.troubles.has(about);
  }

  /** Of all that begin so. */
  protected forgetTroubles(prefix: string): void {
    for (const about of this.troubles.keys()) if (about.startsWith(prefix)) this.troubles.delete(about);
  }
}
