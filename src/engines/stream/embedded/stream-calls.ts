import { randomUUID } from 'node:crypto';
import { Logger } from '@nestjs/common';
import pg from 'pg';
import type { StreamDatabase } from './stream-database.js';

const CHANNEL = 'lab_stream';
/** PostgreSQL takes 8000 bytes. */
const MOST_BYTES = 7000;
/** What is called within it goes together: a call costs a transaction, though none that waits for the disk. */
const GATHER_MS = 10;
const LONGEST_PAUSE_MS = 10_000;
const EVERYTHING: Calls = { appended: {}, groups: [], changed: true };
const NOTIFY = { name: 'stream-notify', text: `select pg_notify('${CHANNEL}', $1)` };

export interface Calls {
  /** By topic: the partitions that something was appended to. */
  readonly appended: Readonly<Record<number, readonly number[]>>;
  /** Groups whose partitions are to move. */
  readonly groups: readonly string[];
  /** Topics that were made, deleted or changed, or anything that was too long to tell. */
  readonly changed: boolean;
}

/**
 * Tells the other processes on the same PostgreSQL that there is something to look at. A call that gets lost costs time and nothing
 * else: everybody looks now and then without one. They go by themselves, after the commit that they tell of, for a transaction that
 * notifies holds up every other one that does until it is on the disk.
 */
export class StreamCalls {
  private readonly logger = new Logger('Stream');
  private readonly sender = randomUUID();
  private appended = new Map<number, Set<number>>();
  private groups = new Set<string>();
  private changed = false;
  private sending: NodeJS.Timeout | undefined;
  private client: pg.Client | undefined;
  private timer: NodeJS.Timeout | undefined;
  private failures = 0;
  private closed = false;

  constructor(
    private readonly url: string,
    private readonly database: StreamDatabase,
    private readonly onCalls: (calls: Calls) => void,
  ) {
    this.connectLater(0);
  }

  tellAppended(topicId: number, partitions: readonly number[]): void {
    const known = this.appended.get(topicId) ?? new Set();
    for (const partition of partitions) known.add(partition);
    this.appended.set(topicId, known);
    this.sendLater();
  }

  tellGroup(group: string): void {
    this.groups.add(group);
    this.sendLater();
  }

  tellChanged(): void {
    this.changed = true;
    this.sendLater();
  }

  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.timer);
    clearTimeout(this.sending);
    await this.send();
    await this.client?.end().catch(() => undefined);
  }

  private sendLater(): void {
    if (this.closed) return;
    this.sending ??= setTimeout(() => void this.send(), GATHER_MS);
  }

  private async send(): Promise<void> {
    this.sending = undefined;
    if (this.appended.size === 0 && this.groups.size === 0 && !this.changed) return;
    const appended = Object.fromEntries([...this.appended].map(([topicId, partitions]) => [topicId, [...partitions]]));
    const calls: Calls = { appended, groups: [...this.groups], changed: this.changed };
    [this.appended, this.groups, this.changed] = [new Map(), new Set(), false];
    const text = JSON.stringify({ sender: this.sender, ...calls });
    const short = JSON.stringify({ sender: this.sender, ...EVERYTHING });
    await this.database.query(NOTIFY, [Buffer.byteLength(text) > MOST_BYTES ? short : text]).catch(() => undefined);
  }

  private hear(payload: string): void {
    const { sender, ...calls } = parse(payload);
    if (sender !== this.sender && !this.closed) this.onCalls(calls);
  }

  private connectLater(pause: number): void {
    if (this.closed) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.connect(), pause);
  }

  private async connect(): Promise<void> {
    const client = new pg.Client({ connectionString: this.url, keepAlive: true, connectionTimeoutMillis: 10_000 });
    client.on('error', () => this.lose(client));
    client.on('end', () => this.lose(client));
    client.on('notification', ({ payload = '' }) => this.hear(payload));
    this.client = client;
    try {
      await client.connect();
      await client.query(`listen ${CHANNEL}`);
      this.failures = 0;
      // Whatever was called while nobody listened.
      this.onCalls(EVERYTHING);
      if (this.closed) await client.end();
    } catch {
      this.lose(client);
    }
  }

  private lose(client: pg.Client): void {
    if (this.closed || this.client !== client) return;
    this.client = undefined;
    client.end().catch(() => undefined);
    this.logger.debug('The connection that listens for messages is lost: connecting again');
    this.connectLater(Math.min(100 * 2 ** this.failures++, LONGEST_PAUSE_MS));
  }
}

/** Whoever may connect to the database may say anything on the channel. */
function parse(payload: string): Calls & { sender?: string } {
  try {
    const { sender, appended, groups, changed } = JSON.parse(payload) as Calls & { sender: string };
    return { sender, appended: { ...appended }, groups: [...groups], changed: Boolean(changed) };
  } catch {
    return EVERYTHING;
  }
}
