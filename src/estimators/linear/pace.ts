import { setImmediate } from 'node:timers/promises';
import type { FitOptions } from '../estimator.types.js';

/** Multiplications between two looks around: about five milliseconds. */
export const SLICE = 4_000_000;

/** Keeps a long sum polite: every few milliseconds it tells its progress, lets the event loop serve others, and may be cancelled. */
export class Pace {
  private done = 0;
  private sinceLook = 0;

  /** @param expected multiplications; where there turn out to be more, the share waits just below 1 */
  constructor(
    private readonly options: Pick<FitOptions, 'signal' | 'onProgress'>,
    private readonly expected: number,
  ) {}

  /** @throws the reason of the signal when it was aborted */
  async spend(multiplications: number): Promise<void> {
    this.done += multiplications;
    this.sinceLook += multiplications;
    if (this.sinceLook < SLICE) return;
    this.sinceLook = 0;
    this.options.onProgress?.(Math.min(0.99, this.done / this.expected));
    await setImmediate();
    this.options.signal?.throwIfAborted();
  }

  finish(): void {
    this.options.onProgress?.(1);
  }
}
