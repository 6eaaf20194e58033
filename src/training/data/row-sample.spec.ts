import { rowSample } from './row-sample.js';

/** The rows kept of 1,000 that come by in chunks. */
function drawn(wanted: number, seed: number, chunk = 64): number[] {
  const keep = rowSample(1000, wanted, seed);
  const rows: number[] = [];
  for (let at = 0; at < 1000; at += chunk) {
    const length = Math.min(chunk, 1000 - at);
    for (const row of keep(length) ?? Array.from({ length }, (_value, index) => index)) rows.push(at + row);
  }
  return rows;
}

describe('rowSample', () => {
  it.each([1, 10, 500, 999, 1000, 2000])('keeps exactly %d of a thousand, or all', (wanted) => {
    const rows = drawn(wanted, 1);
    expect(rows).toHaveLength(Math.min(wanted, 1000));
    expect(rows).toEqual([...new Set(rows)].sort((a, b) => a - b));
  });

  it('does not depend on how the rows are cut into chunks', () => {
    expect(drawn(100, 7, 1)).toEqual(drawn(100, 7, 333));
  });

  it('draws others for another seed', () => {
    expect(drawn(100, 1)).not.toEqual(drawn(100, 2));
  });

  it('draws from the whole length', () => {
    const [first, second] = [drawn(400, 3).filter((row) => row < 500).length, drawn(400, 3).filter((row) => row >= 500).length];
    expect(Math.abs(first - second)).toBeLessThan(60);
  });
});
