import { setImmediate } from 'node:timers/promises';
import type { MessageBatch, PartitionRange, StoredMessage } from '../../engines/stream/stream.port.js';
import { openOperator } from '../definition/operations.js';
import type { StreamDeclaration } from '../definition/stream.schema.js';
import { StreamStateFullError } from '../streaming.errors.js';
import type { Checkpoint, Counters, NewCheckpoint, PartitionProgress } from './checkpoints.js';
import { EventReader } from './event-reader.js';
import { type Operator, PoisonEvent } from './operator.types.js';
import { PendingOutput } from './pending-output.js';
import { Watermark } from './watermark.js';

/** Messages between two moments in which others may have the processor. */
const AT_ONCE = 1_000;
/** All state is written anew when the changes since then have come to as much as there was. */
const FEWEST_CHANGES_BYTES = 1024 * 1024;
const MOST_CHANGES = 200;

const NONE: Counters = { events: 0, filtered: 0, late: 0, poison: 0, rows: 0 };

/** What of a stream stands in memory: how far it is, its operator, and what waits for the next checkpoint. Without any I/O. */
export class StreamMemory {
  readonly operator: Operator;
  readonly pending: PendingOutput;
  private readonly reader: EventReader;
  private readonly watermark: Watermark;
  private readonly next = new Map<number, number>();
  private readonly counters: { -readonly [K in keyof Counters]: number };
  /** Of the topic that the offsets are those of; null while the lab does not know it. */
  topicId: string | null;
  private version: number;
  private bytes = { whole: 0, changes: 0 };
  private changes = 0;
  private touched = false;

  constructor(
    private readonly stream: StreamDeclaration,
    checkpoint: Checkpoint,
  ) {
    this.operator = openOperator(stream);
    this.pending = new PendingOutput(this.operator.output);
    this.reader = new EventReader(stream);
    this.watermark = new Watermark(stream.from.delay);
    this.version = checkpoint.version;
    this.topicId = checkpoint.topicId;
    this.counters = { ...NONE, ...checkpoint.counters };
    if (checkpoint.watermark !== null) this.watermark.restore(checkpoint.watermark);
    for (const [partition, { next, newest }] of Object.entries(checkpoint.positions)) {
      this.next.set(Number(partition), next);
      this.watermark.add(Number(partition), newest);
    }
  }

  get time(): number {
    return this.watermark.time;
  }

  /** Whether anything has happened since the last checkpoint. */
  get hasNews(): boolean {
    return this.touched || this.pending.size > 0;
  }

  /** A piece of kept state, in its order. @param whole whether it is of all state, not of changes */
  restore(piece: Buffer): void {
    this.operator.restore(piece);
    this.bytes.changes += piece.length;
    this.changes++;
  }

  /** After the last piece. */
  begin(): void {
    if (Number.isFinite(this.time)) this.operator.advance(this.time, this.pending);
  }

  nextOf(partition: number): number | undefined {
    return this.next.get(partition);
  }

  /** A partition of the topic that is waited for from now on. @param next where its reading begins */
  meet(partition: number, next: number): void {
    if (this.next.has(partition)) return;
    this.next.set(partition, next);
    this.watermark.add(partition);
    this.touched = true;
  }

  isIdle(partition: number): boolean {
    return this.watermark.isIdle(partition);
  }

  /** Those of which everything has been read. */
  caughtUp(ranges: readonly PartitionRange[]): number[] {
    return ranges.filter(({ partition, end }) => (this.next.get(partition) ?? 0) >= end).map(({ partition }) => partition);
  }

  rest(partition: number): void {
    if (this.watermark.rest(partition)) this.advance();
  }

  /** @throws {StreamStateFullError} */
  async take({ partition, messages }: MessageBatch): Promise<void> {
    this.meet(partition, messages[0]?.offset ?? 0);
    for (const [index, message] of messages.entries()) {
      // After a reassignment messages come again that are in the state already.
      if (message.offset < this.next.get(partition)!) continue;
      this.takeOne(message);
      this.next.set(partition, message.offset + 1);
      if (index % AT_ONCE === AT_ONCE - 1) await setImmediate();
    }
    this.touched = true;
    const { most_entries, name } = this.stream;
    if (this.operator.entries > most_entries) throw new StreamStateFullError(name, this.operator.entries, most_entries);
  }

  /** What becomes durable now. Nothing may be taken until it is. */
  async checkpoint(): Promise<Omit<NewCheckpoint, 'deliveries'>> {
    const begun = performance.now();
    this.operator.flush(this.pending);
    this.pending.settle();
    const whole = this.changes >= MOST_CHANGES || this.bytes.changes > Math.max(FEWEST_CHANGES_BYTES, this.bytes.whole);
    const pieces: Buffer[] = [];
    for (const piece of this.operator.snapshot(whole ? 'whole' : 'changes')) {
      pieces.push(piece);
      await setImmediate();
    }
    const bytes = pieces.reduce((sum, { length }) => sum + length, 0);
    this.bytes = whole ? { whole: bytes, changes: 0 } : { ...this.bytes, changes: this.bytes.changes + bytes };
    this.changes = whole ? 0 : this.changes + pieces.length;
    const { rows, lateOnes, poison } = this.pending;
    this.counters.rows += rows.length;
    this.counters.late += lateOnes.length;
    this.counters.poison += poison.length;
    this.touched = false;
    return {
      ...{ version: ++this.version, fingerprint: this.stream.fingerprint, positions: this.positions(), begun, pieces, whole },
      watermark: Number.isFinite(this.time) ? this.time : null,
      counters: { ...this.counters },
      topicId: this.topicId,
      figures: { entries: this.operator.entries, bytes: this.bytes.whole + this.bytes.changes },
    };
  }

  positions(): Record<string, PartitionProgress> {
    const entries = Array.from(this.next, ([partition, next]) => {
      const newest = this.watermark.newestOf(partition);
      return [partition, { next, ...(newest === undefined ? {} : { newest }) }];
    });
    return Object.fromEntries(entries) as Record<string, PartitionProgress>;
  }

  private takeOne(message: StoredMessage): void {
    this.counters.events++;
    try {
      const event = this.reader.read(message, Date.now());
      if (event.wanted) this.operator.process(event, this.pending);
      else this.counters.filtered++;
      if (this.watermark.observe(message.partition, event.time)) this.advance();
    } catch (error) {
      if (!(error instanceof PoisonEvent)) throw error;
      this.pending.refuse(message, error.message);
    }
  }

  private advance(): void {
    this.touched = true;
    this.operator.advance(this.time, this.pending);
  }
}
