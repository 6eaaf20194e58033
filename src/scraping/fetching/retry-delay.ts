const FIRST_MS = 500;
const MOST_MS = 30_000;
/** A server that asks for more is asked again after this, and given up in the end. */
const MOST_PATIENCE_MS = 120_000;

/**
 * What the server asks for, else twice as long each time, any part of it by chance: many who failed together do not come back
 * together (the "full jitter" of Brooker, 2015).
 * @param attempt from 1, the one that failed
 * @param retryAfter seconds or a date, as the header has them
 * @returns milliseconds
 */
export function retryDelay(attempt: number, retryAfter?: string, random: () => number = Math.random): number {
  const asked = retryAfter === undefined ? NaN : millisecondsOf(retryAfter);
  if (!Number.isNaN(asked)) return Math.min(Math.max(0, asked), MOST_PATIENCE_MS);
  return random() * Math.min(MOST_MS, FIRST_MS * 2 ** (attempt - 1));
}

const millisecondsOf = (header: string): number =>
  /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - Date.now();
