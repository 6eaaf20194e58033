import { Logger } from '@nestjs/common';
import { Redis, ReplyError } from 'ioredis';
import { CacheAwayError } from './cache.errors.js';

export interface LinkTiming {
  /** How long a connection may take to be made. */
  readonly connectMs: number;
  /** How long an answer may take. */
  readonly answerMs: number;
  /** The longest pause before connecting again; it doubles from one failure to the next. */
  readonly longestPauseMs: number;
}

const FIRST_PAUSE_MS = 50;
/** What was told is not told again before this is over: a cache may come and go, or refuse, with each request. */
const TOLD_FOR_MS = 600_000;

/**
 * A connection to Redis that never fails its user: while it is away, nothing is asked, and nothing waits to be asked. One answer
 * that is late ends the connection, so that all who wait behind it go on at once, and it counts as away until it is made anew.
 */
export class RedisLink {
  private readonly logger = new Logger('Cache');
  private readonly told = new Map<string, number>();
  private connections = 0;
  /** That it is away was told, and that it is back was not. */
  private toldAway = false;
  /** From an answer that is late to the end of its connection. */
  private leaving = false;
  private reason = 'not connected yet';
  /** What the connection, or the attempt to make one, ends with: the first that went wrong, the rest follows from it. */
  private failure: string | undefined;

  private constructor(
    private readonly redis: Redis,
    private readonly address: string,
  ) {
    redis.on('error', (error: NodeJS.ErrnoException) => (this.failure ??= error.message || error.code));
    redis.on('close', () => this.tellAway());
    redis.on('ready', () => this.tellBack());
  }

  /** Resolves when it is connected or the first attempt has failed; after that it goes on trying by itself. */
  static async open(url: string, { connectMs, answerMs, longestPauseMs }: LinkTiming): Promise<RedisLink> {
    const redis = new Redis(url, {
      lazyConnect: true,
      connectTimeout: connectMs,
      commandTimeout: answerMs,
      disconnectTimeout: 1,
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      enableAutoPipelining: true,
      connectionName: 'dataflow-lab',
      retryStrategy: (attempt) => Math.min(FIRST_PAUSE_MS * 2 ** Math.min(attempt, 16), longestPauseMs),
    });
    const link = new RedisLink(redis, new URL(url).host);
    await redis.connect().catch(() => undefined);
    return link;
  }

  /** How many connections there were. Between one and the next it may have lost what it was told last. */
  get epoch(): number {
    return this.connections;
  }

  /** @returns undefined when it was not answered: Redis is away, slow, or refuses */
  async ask<T>(command: (redis: Redis) => Promise<T>): Promise<T | undefined> {
    if (this.redis.status !== 'ready' || this.leaving) return undefined;
    try {
      return await command(this.redis);
    } catch (error) {
      this.note(error as Error);
      return undefined;
    }
  }

  /** @throws {CacheAwayError} */
  async ping(): Promise<void> {
    if ((await this.ask((redis) => redis.ping())) === undefined) throw new CacheAwayError(this.address, this.reason);
  }

  close(): void {
    this.redis.removeAllListeners('close');
    this.redis.disconnect();
  }

  private note(error: Error): void {
    if (error instanceof ReplyError) {
      // It is there, but full, or it may only be read.
      this.reason = error.message;
      this.warn(error.message.split(' ', 1)[0], `refuses (${error.message})`);
    } else if (this.redis.status === 'ready' && !this.leaving) {
      this.leaving = true;
      this.failure ??= error.message;
      this.redis.disconnect(true);
    }
  }

  private tellAway(): void {
    this.reason = this.failure ?? 'it closed the connection';
    this.failure = undefined;
    this.leaving = false;
    this.toldAway ||= this.warn('away', `is away (${this.reason})`);
  }

  private tellBack(): void {
    if (this.toldAway) this.logger.log(`The cache at ${this.address} is back`);
    this.toldAway = false;
    this.connections++;
  }

  /** @returns whether it was told, or left out because it was told a moment ago */
  private warn(about: string, what: string): boolean {
    const now = performance.now();
    if (now - (this.told.get(about) ?? -Infinity) < TOLD_FOR_MS) return false;
    this.told.set(about, now);
    this.logger.warn(`The cache at ${this.address} ${what}: answers are made without it meanwhile`);
    return true;
  }
}
