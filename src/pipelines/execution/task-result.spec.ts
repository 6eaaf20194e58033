import { readResult } from './task-result.js';

describe('readResult', () => {
  it('finds the rows in what a task returned', () => {
    expect(readResult({ rows: 3_000_000, batch: 'b1' })).toEqual({
      result: { rows: 3_000_000, batch: 'b1' },
      rows: 3_000_000,
      skipped: false,
    });
  });

  it('takes rows that are no count for one value among others', () => {
    expect(readResult({ rows: [1, 2] })).toMatchObject({ rows: null, result: { rows: [1, 2] } });
  });

  it('sees that there was nothing to do', () => {
    expect(readResult({ skipped: true })).toMatchObject({ skipped: true });
  });

  it('keeps nothing of a task that returned nothing', () => {
    expect(readResult(undefined)).toEqual({ result: null, rows: null, skipped: false });
  });

  it('keeps the count, but not the whole of a result that is too large', () => {
    const { result, rows } = readResult({ rows: 5, text: 'x'.repeat(300_000) });
    expect([rows, Object.keys(result!)]).toEqual([5, ['truncated']]);
  });

  it('refuses what is no JSON', () => {
    const circle: { self?: object } = {};
    circle.self = circle;
    expect(() => readResult(circle)).toThrow(TypeError);
  });
});
