import { setTimeout as wait } from 'node:timers/promises';

export interface BackOff {
  readonly signal: AbortSignal;
  /** Told of each failure, before the wait. */
  readonly onFailure?: (error: unknown, waitMs: number) => void;
  readonly firstMs?: number;
  readonly mostMs?: number;
}

const FIRST_MS = 250;
const MOST_MS = 10_000;

/**
 * Tries until it succeeds. Each wait is twice as long as the last up to a bound, and a random half of it shorter: those that failed
 * together do not come back together.
 * @throws the reason of the signal
 */
export async function withBackOff<T>(work: () => Promise<T>, options: BackOff): Promise<T> {
  const { signal, onFailure, firstMs = FIRST_MS, mostMs = MOST_MS } = options;
  for (let failures = 0; ; failures++) {
    signal.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      signal.throwIfAborted();
      const longest = Math.min(mostMs, firstMs * 2 ** Math.min(failures, 30));
      const waitMs = longest * (0.5 + Math.random() / 2);
      onFailure?.(error, waitMs);
      await wait(waitMs, undefined, { signal });
    }
  }
}
