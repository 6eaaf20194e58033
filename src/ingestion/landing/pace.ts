import type { Ownership } from '../../engines/stream/stream.port.js';
import type { LandingSettings } from './landing-settings.js';

type Held = Pick<Ownership, 'partition' | 'signal'>;

/**
 * When what was gathered is to be committed. Messages that come now and then wait for others, so that they make few files; when a
 * landing has caught up with what had piled up in the log, the last of it waits for nothing.
 */
export class Pace {
  /** Messages that are in the log and not gathered, at most, by partition. */
  private readonly waiting = new Map<number, { readonly owner: Held; readonly messages: number }>();
  private isCatchingUp = false;
  private caughtUp = false;
  private committedAt = 0;

  constructor(private readonly settings: Pick<LandingSettings, 'gatherMs' | 'steadyMs' | 'backlog'>) {}

  /** All that had piled up has been gathered, and is to be committed now. */
  get hasCaughtUp(): boolean {
    return this.caughtUp;
  }

  /** A batch was gathered. @param messages of its partition that come behind it */
  gathered(owner: Held, messages: number): void {
    this.waiting.set(owner.partition, { owner, messages });
    const all = this.behind();
    if (all >= this.settings.backlog) this.isCatchingUp = true;
    if (all > 0 || !this.isCatchingUp) return;
    this.isCatchingUp = false;
    this.caughtUp = true;
  }

  /** Milliseconds that the first message of a commit waits for others. */
  wait(now: number): number {
    const { gatherMs, steadyMs } = this.settings;
    return this.isCatchingUp ? steadyMs : Math.max(gatherMs, this.committedAt + steadyMs - now);
  }

  /** So long nothing made a commit necessary that what is waiting in the log may never come, such as the ends of transactions. */
  timedOut(): void {
    this.isCatchingUp = false;
  }

  /** What was gathered goes into a commit. */
  begun(): void {
    this.caughtUp = false;
  }

  committed(now: number): void {
    this.committedAt = now;
  }

  /** What waits in partitions that were given back is somebody else's. */
  private behind(): number {
    let behind = 0;
    for (const { owner, messages } of this.waiting.values()) if (!owner.signal.aborted) behind += messages;
    return behind;
  }
}
