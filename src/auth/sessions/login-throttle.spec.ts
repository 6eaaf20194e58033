import { TooManyLoginsError } from '../auth.errors.js';
import { LoginThrottle, networkOf } from './login-throttle.js';

const LIMITS = { windowMs: 60_000, perPair: 3, perAddress: 5 };
const HOME = '10.0.0.1';
const AWAY = '10.0.0.2';

describe('LoginThrottle', () => {
  let now: number;
  let throttle: LoginThrottle;
  beforeEach(() => {
    now = 0;
    throttle = new LoginThrottle(LIMITS, () => now);
  });

  const fail = (times: number, username: string, address = HOME): void => {
    for (let i = 0; i < times; i++) throttle.failed(username, address);
  };
  const isOpen = (username: string, address = HOME): boolean => {
    try {
      throttle.check(username, address);
      return true;
    } catch (error) {
      if (error instanceof TooManyLoginsError) return false;
      throw error;
    }
  };

  it('closes a name where it has failed as often as is allowed', () => {
    fail(2, 'ana');
    expect(isOpen('ana')).toBe(true);
    fail(1, 'ANA');
    expect([isOpen('ana'), isOpen('ana', AWAY), isOpen('bia')]).toEqual([false, true, true]);
  });

  it('closes an address to those it does not know when many names fail there', () => {
    throttle.succeeded('ana', HOME);
    for (const name of ['a', 'b', 'c', 'd', 'e']) fail(1, name);
    expect([isOpen('f'), isOpen('ana'), isOpen('f', AWAY)]).toEqual([false, true, true]);
  });

  it('says how many seconds are left, rounded up', () => {
    fail(3, 'ana');
    now = 500;
    expect(() => throttle.check('ana', HOME)).toThrow(expect.objectContaining({ headers: { 'Retry-After': '60' } }));
    now = 59_999;
    expect(() => throttle.check('ana', HOME)).toThrow(expect.objectContaining({ headers: { 'Retry-After': '1' } }));
  });

  it('opens again when the window is over, with nothing counted', () => {
    fail(3, 'ana');
    now = LIMITS.windowMs;
    expect(isOpen('ana')).toBe(true);
    fail(2, 'ana');
    expect(isOpen('ana')).toBe(true);
  });

  it('forgets the failures of a name that logs in', () => {
    fail(2, 'ana');
    throttle.succeeded('ana', HOME);
    fail(2, 'ana');
    expect(isOpen('ana')).toBe(true);
  });

  it.each([
    ['10.0.0.1', '10.0.0.1'],
    ['::ffff:10.0.0.1', '10.0.0.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:db8:1:2::6', '2001:db8:1:2'],
    ['2001:db8::6', '2001:db8:0:0'],
    ['::1', '0:0:0:0'],
  ])('counts %s as %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});
