import { setTimeout as wait } from 'node:timers/promises';
import { isPassing } from './s3-failure.js';

const ATTEMPTS = 8;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 3_000;

/**
 * Tries again what nobody refused, with growing pauses that differ from one process to the next.
 * @param longestPauseMs between two attempts
 */
export async function withPatience<T>(attempt: () => Promise<T>, longestPauseMs = LONGEST_PAUSE_MS): Promise<T> {
  for (let failures = 1; ; failures++) {
    try {
      return await attempt();
    } catch (error) {
      if (failures === ATTEMPTS || !isPassing(error)) throw error;
      const longest = Math.min(FIRST_PAUSE_MS * 2 ** failures, longestPauseMs);
      await wait(longest / 2 + (Math.random() * longest) / 2);
    }
  }
}
