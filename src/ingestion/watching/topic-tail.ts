import { setTimeout as sleep } from 'node:timers/promises';
import { TopicNotFoundError } from '../../engines/stream/stream.errors.js';
import type { PartitionRange, StreamLog } from '../../engines/stream/stream.port.js';
import { messageOf } from '../message.schema.js';

const LOOK_EVERY_MS = 250;
const MESSAGES = 100;
const BYTES = 256 * 1024;
/** Reads that are kept for the next who asks the same: those who follow the end all do. */
const READS_KEPT = 16;

/** A message as text, and where to read on behind it. */
export interface TailLine {
  readonly text: string;
  readonly next: number;
}

/** The end of one topic, looked at once for all who watch it. */
export class TopicTail {
  private readonly reads = new Map<string, Promise<TailLine[]>>();
  private readonly stop = new AbortController();
  private moved = Promise.withResolvers<void>();
  private seen: readonly PartitionRange[];
  private deleted = false;

  constructor(
    private readonly log: StreamLog,
    private readonly topic: string,
    ranges: readonly PartitionRange[],
  ) {
    this.seen = ranges;
    void this.look();
  }

  get ranges(): readonly PartitionRange[] {
    return this.seen;
  }

  /** Nothing comes any more. */
  get isDeleted(): boolean {
    return this.deleted;
  }

  /** Resolves when something has come since, or the topic has gone. Ask before you look, or miss it. */
  get movement(): Promise<void> {
    return this.moved.promise;
  }

  /** Some messages from an offset on. @param end of the partition when it was looked at: what is read up to it is the same for all */
  read(partition: number, offset: number, end: number): Promise<TailLine[]> {
    const key = `${partition} ${offset} ${end}`;
    const known = this.reads.get(key);
    if (known) return known;
    const lines = this.readLines(partition, offset);
    this.reads.set(key, lines);
    lines.catch(() => this.reads.delete(key));
    if (this.reads.size > READS_KEPT) this.reads.delete(this.reads.keys().next().value as string);
    return lines;
  }

  close(): void {
    this.stop.abort();
    this.moved.resolve();
  }

  private async readLines(partition: number, offset: number): Promise<TailLine[]> {
    const messages = await this.log.read({ topic: this.topic, partition, offset, limit: MESSAGES, mostBytes: BYTES });
    return messages.map((message) => ({ text: JSON.stringify(messageOf(message)), next: message.offset + 1 }));
  }

  private async look(): Promise<void> {
    const { signal } = this.stop;
    while (!signal.aborted && !this.deleted) {
      await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      await this.lookOnce().catch((error: unknown) => {
        // A log that is away comes back: who watches waits for it.
        if (error instanceof TopicNotFoundError) this.deleted = true;
      });
      if (this.deleted) this.move();
    }
  }

  private async lookOnce(): Promise<void> {
    const ranges = await this.log.ranges(this.topic);
    const before = this.seen;
    this.seen = ranges;
    if (ranges.length !== before.length || ranges.some(({ end }, index) => end !== before[index].end)) this.move();
  }

  private move(): void {
    const { resolve } = this.moved;
    this.moved = Promise.withResolvers();
    resolve();
  }
}
