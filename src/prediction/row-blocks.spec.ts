import { inBlocks } from './row-blocks.js';

const busy = (milliseconds: number): void => {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
};

describe('inBlocks', () => {
  it.each([0, 1, 31, 32, 33, 10_000])('passes over each of %i rows once, in order', async (rows) => {
    const seen: number[] = [];
    await inBlocks(rows, (from, to) => {
      for (let row = from; row < to; row++) seen.push(row);
    });
    expect(seen).toEqual(Array.from({ length: rows }, (_, row) => row));
  });

  it('lets others run between two blocks of dear rows', async () => {
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    await inBlocks(200, (from, to) => busy((to - from) * 0.5));
    clearInterval(timer);
    expect(turns).toBeGreaterThan(5);
  });

  it('takes cheap rows in few blocks', async () => {
    let blocks = 0;
    await inBlocks(100_000, () => void blocks++);
    expect(blocks).toBeLessThan(100);
  });

  it('stops at the block that fails', async () => {
    let blocks = 0;
    const work = (): void => {
      blocks++;
      throw new Error('no');
    };
    await expect(inBlocks(1_000, work)).rejects.toThrow('no');
    expect(blocks).toBe(1);
  });
});
