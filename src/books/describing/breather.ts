import { setImmediate } from 'node:timers/promises';

const LONGEST_MS = 10;

/** Lets others have their turn in the middle of long computing. */
export class Breather {
  private since = performance.now();

  /** Waits for one turn of the event loop when the last one is some milliseconds ago. @returns whether it did */
  async breathe(): Promise<boolean> {
    if (performance.now() - this.since < LONGEST_MS) return false;
    await setImmediate();
    this.since = performance.now();
    return true;
  }
}
