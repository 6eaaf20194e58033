import { setTimeout as wait } from 'node:timers/promises';
import { type BeforeApplicationShutdown, Logger } from '@nestjs/common';
import pg from 'pg';
import type { DataSource } from 'typeorm';
import { type AnyEvent, EventBus, type EventOf } from '../../events/event-bus.js';

const CHANNEL = 'lab_events';
/** Our number among the advisory locks of the database: "labe" in ASCII. */
const TURN = 0x6c61_6265;
const BATCH = 500;
/** A process that was cut off for longer than this has missed something. */
const KEPT = '1 day';
const PRUNE_EVERY_MS = 3_600_000;
const LONGEST_PAUSE_MS = 30_000;
const DRAIN_MS = 5_000;

export interface BusTiming {
  /** How often to look although nobody called, which is also how soon it is noticed that a connection died without a word. */
  readonly lookEveryMs: number;
  /** The pause before connecting again; it doubles from one failure to the next. */
  readonly reconnectMs: number;
}

type Listener = (event: AnyEvent) => void | Promise<void>;

/** One listener and the end of its queue: it hears one event at a time, in the order of their ids. */
interface Subscription {
  readonly listener: Listener;
  tail: Promise<void>;
}

/**
 * Events are rows, and a notification only says that there are new ones. So no event is too long for it, and those that came
 * while the connection was away are read by their ids when it is back.
 */
export class PostgresBus extends EventBus implements BeforeApplicationShutdown {
  private readonly logger = new Logger(PostgresBus.name);
  private readonly subscriptions = new Map<AnyEvent['type'], Set<Subscription>>();
  private client: pg.Client | undefined;
  private lastId: string | undefined;
  private reading: Promise<void> = Promise.resolve();
  private called = false;
  private timer: NodeJS.Timeout | undefined;
  private failures = 0;
  private prunedAt = 0;
  private closed = false;

  private constructor(
    private readonly url: string,
    private readonly source: DataSource,
    private readonly timing: BusTiming,
  ) {
    super();
  }

  /** @param url for a connection of its own, which listens as long as the bus lives */
  static async open(
    url: string,
    source: DataSource,
    timing: BusTiming = { lookEveryMs: 10_000, reconnectMs: 100 },
  ): Promise<PostgresBus> {
    const bus = new PostgresBus(url, source, timing);
    await bus.connect();
    return bus;
  }

  async publish(event: AnyEvent): Promise<void> {
    // The lock comes before the id and goes with the commit, so ids become visible in ascending order: whoever has read one
    // has read all that are lower.
    await this.source.query(
      `WITH turn AS MATERIALIZED (SELECT pg_advisory_xact_lock($1)),
            kept AS (INSERT INTO lab.events (event) SELECT $2::jsonb FROM turn RETURNING id)
       SELECT pg_notify('${CHANNEL}', '') FROM kept`,
      [TURN, JSON.stringify(event)],
    );
  }

  subscribe<T extends AnyEvent['type']>(type: T, listener: (event: EventOf<T>) => void | Promise<void>): () => void {
    const subscription: Subscription = { listener: listener as Listener, tail: Promise.resolve() };
    const ofType = this.subscriptions.get(type) ?? new Set();
    this.subscriptions.set(type, ofType.add(subscription));
    return () => ofType.delete(subscription);
  }

  /** Waits for listeners that are at work, though not for ever. */
  async beforeApplicationShutdown(): Promise<void> {
    this.closed = true;
    clearTimeout(this.timer);
    await this.reading;
    await this.client?.end().catch(() => undefined);
    const tails = [...this.subscriptions.values()].flatMap((ofType) => [...ofType].map(({ tail }) => tail));
    await Promise.race([Promise.all(tails), wait(DRAIN_MS, undefined, { ref: false })]);
  }

  private async connect(): Promise<void> {
    const client = new pg.Client({
      connectionString: this.url,
      keepAlive: true,
      connectionTimeoutMillis: 10_000,
      query_timeout: 30_000,
    });
    client.on('error', () => this.lose(client));
    client.on('end', () => this.lose(client));
    client.on('notification', () => this.call());
    try {
      await client.connect();
      await client.query(`LISTEN ${CHANNEL}`);
      this.lastId ??= await newestId(client);
      if (this.closed) throw new Error('The bus was closed');
    } catch (error) {
      await client.end().catch(() => undefined);
      throw error;
    }
    this.client = client;
    this.failures = 0;
    this.call();
  }

  private lose(client: pg.Client): void {
    if (this.closed || this.client !== client) return;
    this.client = undefined;
    client.end().catch(() => undefined);
    this.logger.warn('The connection that listens for events is lost: connecting again');
    this.connectLater();
  }

  private connectLater(): void {
    if (this.closed) return;
    clearTimeout(this.timer);
    const pause = Math.min(this.timing.reconnectMs * 2 ** this.failures++, LONGEST_PAUSE_MS);
    this.timer = setTimeout(() => void this.connect().catch(() => this.connectLater()), pause);
  }

  /** One read answers every call that came before it began. */
  private call(): void {
    if (this.called) return;
    this.called = true;
    this.reading = this.reading.then(async () => {
      this.called = false;
      if (this.client && !this.closed) await this.read(this.client);
    });
  }

  private async read(client: pg.Client): Promise<void> {
    try {
      while (await this.readBatch(client));
      await this.pruneInTime(client);
      // Lost in the moment of its last answer: the timer is that of the next connection.
      if (this.client !== client) return;
      clearTimeout(this.timer);
      if (!this.closed) this.timer = setTimeout(() => this.call(), this.timing.lookEveryMs);
    } catch {
      this.lose(client);
    }
  }

  /** @returns whether there may be more */
  private async readBatch(client: pg.Client): Promise<boolean> {
    const { rows } = await client.query<{ id: string; event: AnyEvent }>(
      'SELECT id, event FROM lab.events WHERE id > $1 ORDER BY id LIMIT $2',
      [this.lastId, BATCH],
    );
    for (const { id, event } of rows) {
      this.lastId = id;
      this.deliver(event);
    }
    return rows.length === BATCH && !this.closed;
  }

  private deliver(event: AnyEvent): void {
    const ofType = this.subscriptions.get(event.type) ?? new Set();
    for (const subscription of ofType) {
      subscription.tail = subscription.tail
        .then(() => (ofType.has(subscription) ? subscription.listener(event) : undefined))
        .catch((error: unknown) => this.logger.error(`A listener of ${event.type} failed: ${String(error)}`));
    }
  }

  private async pruneInTime(client: pg.Client): Promise<void> {
    if (Date.now() - this.prunedAt < PRUNE_EVERY_MS) return;
    this.prunedAt = Date.now();
    await client.query(`DELETE FROM lab.events WHERE published_at < now() - interval '${KEPT}'`);
  }
}

async function newestId(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ id: string }>('SELECT coalesce(max(id), 0) AS id FROM lab.events');
  return rows[0].id;
}
