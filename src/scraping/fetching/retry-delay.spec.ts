import { retryDelay } from './retry-delay.js';

const all = (): number => 1;

describe('retryDelay', () => {
  it.each([
    [1, 500],
    [2, 1000],
    [5, 8000],
    [20, 30_000],
  ])('grows with the attempts: at most, behind the %ith, %i ms', (attempt, milliseconds) => {
    expect(retryDelay(attempt, undefined, all)).toBe(milliseconds);
    expect(retryDelay(attempt, undefined, () => 0)).toBe(0);
  });

  it('is what the server asks for, within reason', () => {
    expect([retryDelay(1, '7'), retryDelay(1, '86400'), retryDelay(1, 'Thu, 01 Jan 1970 00:00:00 GMT')]).toEqual([
      7000, 120_000, 0,
    ]);
  });

  it('is until the date that the server names', () => {
    const delay = retryDelay(1, new Date(Date.now() + 30_000).toUTCString());
    expect(delay).toBeGreaterThan(25_000);
    expect(delay).toBeLessThanOrEqual(30_000);
  });

  it.each(['9'.repeat(400), 'Fri, 31 Dec 9999 23:59:59 GMT'])('has an end, whatever the server asks for', (header) => {
    expect(retryDelay(1, header)).toBe(120_000);
  });

  it('is its own when nobody understands what the server asks for', () => {
    expect(retryDelay(1, 'soon', all)).toBe(500);
  });
});
