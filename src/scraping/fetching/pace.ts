import { setTimeout as wait } from 'node:timers/promises';

/** In milliseconds. */
export interface Clock {
  now(): number;
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
}

const REAL: Clock = {
  now: () => performance.now(),
  sleep: (milliseconds, signal) => wait(milliseconds, undefined, { signal }),
};

/** Lets one through at a time, each so long behind the one before. A server that asks for patience holds up all. */
export class Pace {
  private next = 0;

  /** @param perSecond Infinity for no limit */
  constructor(
    private perSecond: number,
    private readonly clock: Clock = REAL,
  ) {}

  async turn(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const now = this.clock.now();
    const at = Math.max(now, this.next);
    this.next = at + 1000 / this.perSecond;
    // No timer is finer than a millisecond: at such a pace those behind make up for it.
    if (at - now >= 1) await this.clock.sleep(at - now, signal);
  }

  slowDown(perSecond: number): void {
    this.perSecond = Math.min(this.perSecond, perSecond);
  }

  /** Nobody goes for so long. */
  rest(milliseconds: number): void {
    this.next = Math.max(this.next, this.clock.now() + milliseconds);
  }
}
