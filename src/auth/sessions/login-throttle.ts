import { isIPv6 } from 'node:net';
import { TooManyLoginsError } from '../auth.errors.js';
import { makeRoom } from '../make-room.js';

/** How many logins may fail within the window before more are turned away. */
export interface LoginLimits {
  readonly windowMs: number;
  /** For one username from one address. */
  readonly perPair: number;
  /** For all usernames from one address. */
  readonly perAddress: number;
}

interface Window {
  failures: number;
  readonly endsAt: number;
}

const DEFAULT_LIMITS: LoginLimits = { windowMs: 5 * 60_000, perPair: 10, perAddress: 100 };
const CAPACITY = 100_000;

/**
 * Slows down who guesses passwords, without a way to lock others out: a username is never closed as such, only from an
 * address where it failed, and who has logged in from an address before is not counted with the rest of it.
 * Each process counts for itself.
 */
export class LoginThrottle {
  private readonly windows = new Map<string, Window>();
  private readonly known = new Set<string>();

  constructor(
    private readonly limits: LoginLimits = DEFAULT_LIMITS,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** @throws {TooManyLoginsError} */
  check(username: string, address: string): void {
    const pair = pairOf(username, address);
    this.refuseFrom(pair, this.limits.perPair);
    if (!this.known.has(pair)) this.refuseFrom(networkOf(address), this.limits.perAddress);
  }

  failed(username: string, address: string): void {
    this.count(pairOf(username, address));
    this.count(networkOf(address));
  }

  succeeded(username: string, address: string): void {
    const pair = pairOf(username, address);
    this.windows.delete(pair);
    makeRoom(this.known, CAPACITY);
    this.known.add(pair);
  }

  private refuseFrom(key: string, limit: number): void {
    const window = this.windows.get(key);
    if (!window || window.failures < limit) return;
    const leftMs = window.endsAt - this.now();
    if (leftMs > 0) throw new TooManyLoginsError(Math.ceil(leftMs / 1000));
    this.windows.delete(key);
  }

  private count(key: string): void {
    const window = this.windows.get(key);
    if (window && window.endsAt > this.now()) {
      window.failures++;
      return;
    }
    // Deleted first, so that the order of the map is the order in which windows end.
    this.windows.delete(key);
    makeRoom(this.windows, CAPACITY);
    this.windows.set(key, { failures: 1, endsAt: this.now() + this.limits.windowMs });
  }
}

const pairOf = (username: string, address: string): string => `${username.toLowerCase()} ${networkOf(address)}`;

/** An IPv6 customer owns 2^64 addresses, so the network counts as one; IPv4 written as IPv6 counts as itself. */
export function networkOf(address: string): string {
  if (!isIPv6(address)) return address;
  if (address.includes('.')) return address.slice(address.lastIndexOf(':') + 1);
  const [head, tail = ''] = address.split('::').map((half) => half.split(':').filter(Boolean));
  const zeros = Array<string>(Math.max(0, 8 - head.length - tail.length)).fill('0');
  return [...head, ...zeros, ...tail].slice(0, 4).join(':');
}
