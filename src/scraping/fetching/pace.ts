import { setTimeout as wait } from 'node:timers/promises';

/** Lets one through at a time, each so long behind the one before. A server that asks for patience holds up all. */
export class Pace {
  private next = 0;

  /** @param perSecond Infinity for no limit */
  constructor(private perSecond: number) {}

  async turn(signal: AbortSignal): Promise<void> {
    const now = performance.now();
    const at = Math.max(now, this.next);
    this.next = at + 1000 / this.perSecond;
    if (at > now) await wait(at - now, undefined, { signal });
    signal.throwIfAborted();
  }

  slowDown(perSecond: number): void {
    this.perSecond = Math.min(this.perSecond, perSecond);
  }

  /** Nobody goes for so long. */
  rest(milliseconds: number): void {
    this.next = Math.max(this.next, performance.now() + milliseconds);
  }
}
