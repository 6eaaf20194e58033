import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { StreamDefinitions } from '../definition/stream-definitions.js';
import { StaleStreamError } from '../streaming.errors.js';
import type { Hold } from './checkpoints.js';
import { StreamLeases } from './stream-leases.js';
import { StreamParts, StreamRun } from './stream-run.js';
import { StreamSettings } from './stream-settings.js';

interface Held {
  readonly hold: Hold;
  /** undefined until it has begun. */
  run?: StreamRun;
  /** Resolves when it has begun or failed to. */
  starting: Promise<void>;
  readonly begun: number;
  /** It goes out of our hands. */
  leaving: boolean;
}

/** Carries on the streams that this process holds, and takes those that nobody does. */
@Injectable()
export class StreamRunner implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(StreamRunner.name);
  private readonly owner = `${hostname()}:${process.pid}:${randomUUID().slice(0, 8)}`;
  private readonly held = new Map<string, Held>();
  /** How often it failed without lasting in between. */
  private readonly failures = new Map<string, number>();
  private timer: NodeJS.Timeout | undefined;
  private turn: Promise<void> = Promise.resolve();
  private lastRenewal = performance.now();
  private stopping = false;

  constructor(
    private readonly definitions: StreamDefinitions,
    private readonly leases: StreamLeases,
    private readonly parts: StreamParts,
    private readonly settings: StreamSettings,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    if (this.names().length === 0) return;
    await this.leases.declare(this.names());
    this.timer = setInterval(() => this.nudge(), this.settings.beatMs);
    this.nudge();
  }

  async onModuleDestroy(): Promise<void> {
    this.stopping = true;
    clearInterval(this.timer);
    await this.turn;
    await Promise.all(Array.from(this.held.values(), (held) => this.leave(held)));
  }

  /** Looks at once whether something is asked of a stream. */
  nudge(): void {
    this.turn = this.turn.then(() => this.beat()).catch((error: unknown) => this.missed(error));
  }

  private names(): string[] {
    return this.definitions.all().map(({ name }) => name);
  }

  private async beat(): Promise<void> {
    if (this.stopping) return;
    await this.renew();
    const free = this.names().filter((name) => !this.held.has(name));
    if (free.length === 0) return;
    for (const hold of await this.leases.claim(free, this.owner, this.settings.leaseMs)) this.begin(hold);
  }

  private async renew(): Promise<void> {
    const ours = [...this.held.values()].filter(({ leaving }) => !leaving);
    if (ours.length > 0) {
      const holds = ours.map(({ hold, run }) => ({ ...hold, error: run?.trouble?.message ?? null }));
      const renewed = new Map((await this.leases.renew(holds, this.settings.leaseMs)).map((row) => [row.name, row]));
      for (const held of ours) {
        const row = renewed.get(held.hold.name);
        if (!row) this.abandon(held, 'another process goes on with it, or it begins anew');
        else if (row.paused) void this.leave(held);
      }
    }
    this.lastRenewal = performance.now();
  }

  private begin(hold: Hold): void {
    const held: Held = { hold, starting: Promise.resolve(), begun: performance.now(), leaving: false };
    this.held.set(hold.name, held);
    const onEnd = (error: Error): void => void held.starting.then(() => this.fail(held, error));
    held.starting = StreamRun.start(this.definitions.find(hold.name), hold, this.parts, onEnd).then(
      (run) => {
        held.run = run;
      },
      (error: Error) => this.fail(held, error),
    );
  }

  /** It is tried again after a while, by whoever comes first. */
  private async fail(held: Held, error: Error): Promise<void> {
    if (error instanceof StaleStreamError) return this.abandon(held, error.message);
    if (held.leaving) return;
    held.leaving = true;
    const { name } = held.hold;
    const lasted = performance.now() - held.begun > this.settings.mostRetryMs;
    const failed = lasted ? 1 : (this.failures.get(name) ?? 0) + 1;
    this.failures.set(name, failed);
    const wait = Math.min(this.settings.retryMs * 2 ** (failed - 1), this.settings.mostRetryMs);
    this.logger.error(`Stream ${name} failed and is tried again in ${wait / 1000} s: ${error.message}`);
    await held.run?.close().catch(() => undefined);
    // Unless the database is away: then the lease runs out by itself.
    await this.leases.release(held.hold, error.message, wait).catch(() => undefined);
    this.held.delete(name);
  }

  /** It belongs to somebody else. */
  private abandon(held: Held, why: string): void {
    if (held.leaving) return;
    held.leaving = true;
    this.logger.warn(`Stream ${held.hold.name} is given up: ${why}`);
    void held.starting
      .then(() => held.run?.close())
      .catch((error: unknown) => this.logger.warn(String(error)))
      .finally(() => this.held.delete(held.hold.name));
  }

  /** Gives it back in good order. */
  private async leave(held: Held): Promise<void> {
    if (held.leaving) return;
    held.leaving = true;
    await held.starting;
    await held.run?.stop().catch((error: unknown) => this.logger.warn(String(error)));
    await this.leases.release(held.hold, null, 0).catch(() => undefined);
    this.held.delete(held.hold.name);
  }

  private missed(error: unknown): void {
    if (performance.now() - this.lastRenewal < this.settings.leaseMs) return;
    this.logger.warn(`The streams are given up: the database did not answer for as long as a lease lasts (${String(error)})`);
    this.lastRenewal = performance.now();
    for (const held of this.held.values()) this.abandon(held, 'its lease has run out');
  }
}
