import { setImmediate } from 'node:timers/promises';

const BLOCK_MS = 5;
const FIRST_BLOCK = 32;

/**
 * Calls `work` for all rows in blocks of about five milliseconds, however dear a row turns out to be; between two blocks the
 * event loop serves others. What fits in one block is done before this returns its promise.
 * @param work gets the first row of a block, and the first one after it
 */
export async function inBlocks(rows: number, work: (from: number, to: number) => void): Promise<void> {
  if (rows <= FIRST_BLOCK) return work(0, rows);
  let size = FIRST_BLOCK;
  for (let from = 0; from < rows;) {
    const to = Math.min(from + size, rows);
    const start = performance.now();
    work(from, to);
    const elapsed = performance.now() - start;
    size = Math.max(1, Math.min(size * 4, Math.floor((size * BLOCK_MS) / elapsed)));
    from = to;
    if (from < rows) await setImmediate();
  }
}
