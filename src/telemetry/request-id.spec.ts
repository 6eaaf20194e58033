import { requestIdOf } from './request-id.js';

describe('requestIdOf', () => {
  it("keeps the caller's id", () => {
    expect(requestIdOf({ headers: { 'x-request-id': 'a-1.b:2' } })).toBe('a-1.b:2');
  });

  it.each(['', 'a b', 'a\nb', 'x'.repeat(129)])('makes one in place of %j', (given) => {
    expect(requestIdOf({ headers: { 'x-request-id': given } })).toMatch(/^[0-9a-f]{16}-\d+$/);
  });

  it('makes another one each time', () => {
    expect(requestIdOf({ headers: {} })).not.toBe(requestIdOf({ headers: {} }));
  });
});
