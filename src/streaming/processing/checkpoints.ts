import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { StaleStreamError } from '../streaming.errors.js';
import { endWhenFrozen } from './frozen-owner.js';
import { StreamSettings } from './stream-settings.js';

/** How far the reading of a partition has come. */
export interface PartitionProgress {
  readonly next: number;
  /** Newest event time. */
  readonly newest?: number;
}

/** What has happened to events since the stream began. */
export interface Counters {
  /** Messages that were read. */
  readonly events: number;
  readonly filtered: number;
  readonly late: number;
  readonly poison: number;
  readonly rows: number;
}

export interface Figures {
  readonly entries: number;
  /** Of state as it is kept. */
  readonly bytes: number;
  /** From the first byte of the last checkpoint to its commit. */
  readonly checkpoint_ms: number;
}

/** Who may write a checkpoint: the owner of this fence, who has seen this version. */
export interface Hold {
  readonly name: string;
  readonly fence: string;
}

/** All that a stream is, but for its state. */
export interface Checkpoint {
  readonly version: number;
  /** null before the first one. */
  readonly fingerprint: string | null;
  /** Of the topic that its offsets are those of; null when the lab does not know it. */
  readonly topicId: string | null;
  /** Where partitions begin that no checkpoint knows, when somebody said so. */
  readonly startFrom: 'earliest' | 'latest' | null;
  readonly positions: Readonly<Record<string, PartitionProgress>>;
  readonly watermark: number | null;
  readonly counters: Partial<Counters>;
  readonly figures: Partial<Figures>;
}

export interface NewCheckpoint extends Pick<Checkpoint, 'positions' | 'watermark' | 'topicId'> {
  readonly version: number;
  readonly fingerprint: string;
  readonly counters: Counters;
  readonly figures: Omit<Figures, 'checkpoint_ms'>;
  /** When it was begun, by the monotonic clock. */
  readonly begun: number;
  /** Pieces of state: of all of it, or of what has changed since the last checkpoint. */
  readonly pieces: readonly Buffer[];
  readonly whole: boolean;
  /** Lines of JSON by output. */
  readonly deliveries: ReadonlyMap<string, readonly string[]>;
}

export interface KeptDelivery {
  readonly version: number;
  readonly output: string;
}

const LOAD = `select version::float8 as version, fingerprint, topic_id as "topicId", start_from as "startFrom", positions, watermark, counters, figures
  from lab.streams where name = $1 and fence = $2`;

const COMMIT = `
  update lab.streams set version = $3, fingerprint = $4, positions = $5, watermark = $6, counters = $7, topic_id = $8,
    checkpoint_at = now(), start_from = null
  where name = $1 and fence = $2 and version = $3 - 1 returning version`;

/** One row at least for who holds the stream. */
const LINES = `
  select kept.lines from lab.streams stream
  left join lab.stream_deliveries kept on kept.stream = stream.name and kept.version = $3 and kept.output = $4
  where stream.name = $1 and stream.fence = $2 order by kept.part`;

/** State, offsets and output of streams in PostgreSQL, all of a checkpoint or nothing. */
@Injectable()
export class Checkpoints {
  constructor(
    private readonly database: DataSource,
    private readonly settings: StreamSettings,
  ) {}

  /** @throws {StaleStreamError} */
  async load({ name, fence }: Hold): Promise<Checkpoint> {
    const [row] = await this.database.query<Checkpoint[]>(LOAD, [name, fence]);
    if (!row) throw new StaleStreamError(name);
    return row;
  }

  /** Pieces of state in the order in which they are restored, one at a time. */
  async *state({ name }: Hold): AsyncIterable<Buffer> {
    const parts = await this.database.query<{ version: string; part: number }[]>(
      'select version, part from lab.stream_state where stream = $1 order by version, part',
      [name],
    );
    for (const { version, part } of parts) {
      const [{ bytes }] = await this.database.query<{ bytes: Buffer }[]>(
        'select bytes from lab.stream_state where stream = $1 and version = $2 and part = $3',
        [name, version, part],
      );
      yield bytes;
    }
  }

  /**
   * @param write what else belongs to it, in its transaction
   * @returns milliseconds from its begin to its commit
   * @throws {StaleStreamError} when another one owns the stream or has written this version: nothing of it is kept
   */
  async commit(hold: Hold, checkpoint: NewCheckpoint, write: (to: EntityManager) => Promise<void>): Promise<number> {
    await this.database.transaction(async (transaction) => {
      await endWhenFrozen(transaction, this.settings.leaseMs);
      await this.advance(transaction, hold, checkpoint);
      if (checkpoint.whole) await transaction.query('delete from lab.stream_state where stream = $1', [hold.name]);
      for (const [part, bytes] of checkpoint.pieces.entries()) {
        const row = [hold.name, checkpoint.version, part, bytes];
        await transaction.query('insert into lab.stream_state (stream, version, part, bytes) values ($1, $2, $3, $4)', row);
      }
      for (const [output, parts] of checkpoint.deliveries) {
        for (const [part, lines] of parts.entries()) {
          const row = [hold.name, checkpoint.version, output, part, lines];
          await transaction.query(
            'insert into lab.stream_deliveries (stream, version, output, part, lines) values ($1, $2, $3, $4, $5)',
            row,
          );
        }
      }
      await write(transaction);
      const measured: Figures = { ...checkpoint.figures, checkpoint_ms: Math.round(performance.now() - checkpoint.begun) };
      await transaction.query('update lab.streams set figures = $2 where name = $1', [hold.name, measured]);
    });
    return performance.now() - checkpoint.begun;
  }

  /** Deliveries that nobody has made yet, oldest first. */
  async undelivered({ name }: Hold): Promise<KeptDelivery[]> {
    return this.database.query<KeptDelivery[]>(
      'select distinct version::float8 as version, output from lab.stream_deliveries where stream = $1 order by 1, 2',
      [name],
    );
  }

  /**
   * @returns nothing when it has been made
   * @throws {StaleStreamError} another one delivers by now, perhaps what comes after it
   */
  async linesOf({ name, fence }: Hold, { version, output }: KeptDelivery): Promise<string[]> {
    const rows = await this.database.query<{ lines: string | null }[]>(LINES, [name, fence, version, output]);
    if (rows.length === 0) throw new StaleStreamError(name);
    return rows.map(({ lines }) => lines).filter((lines) => lines !== null);
  }

  async delivered({ name }: Hold, { version, output }: KeptDelivery): Promise<void> {
    const place = [name, version, output];
    await this.database.query('delete from lab.stream_deliveries where stream = $1 and version = $2 and output = $3', place);
  }

  private async advance(transaction: EntityManager, { name, fence }: Hold, checkpoint: NewCheckpoint): Promise<void> {
    const { version, fingerprint, positions, watermark, counters, topicId } = checkpoint;
    const [moved] = await transaction.query<[unknown[], number]>(COMMIT, [
      ...[name, fence, version, fingerprint, positions, watermark, counters, topicId],
    ]);
    if (moved.length === 0) throw new StaleStreamError(name);
  }
}
