import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { StreamLog } from '../engines/stream/stream.port.js';
import type { Page, PageQuery } from '../http/page.schema.js';
import { OPERATION_NAMES } from './definition/operations.js';
import { lateTopicOf, type StreamDeclaration } from './definition/stream.schema.js';
import { StreamDefinitions } from './definition/stream-definitions.js';
import { STREAM_SCHEMA } from './outputs/postgres-rows.js';
import type { Counters, Figures, PartitionProgress } from './processing/checkpoints.js';
import { StreamLeases } from './processing/stream-leases.js';
import { StreamRunner } from './processing/stream-runner.js';
import type { StreamDetail, StreamStatus, StreamSummary } from './stream-view.schema.js';

interface Row {
  readonly name: string;
  readonly paused: boolean;
  readonly owned: boolean;
  readonly error: string | null;
  readonly version: number;
  readonly positions: Readonly<Record<string, PartitionProgress>>;
  readonly watermark: number | null;
  readonly counters: Partial<Counters>;
  readonly figures: Partial<Figures>;
  readonly checkpoint_at: Date | null;
}

const ROWS = `select name, paused, coalesce(lease_until > now(), false) as owned, error, version::float8 as version, positions,
  watermark, counters, figures, checkpoint_at from lab.streams where name = any($1::text[])`;

/** What the streams are doing, as of their last checkpoints. */
@Injectable()
export class StreamsService {
  constructor(
    private readonly definitions: StreamDefinitions,
    private readonly database: DataSource,
    private readonly leases: StreamLeases,
    private readonly runner: StreamRunner,
    @Inject(StreamLog) private readonly log: StreamLog,
  ) {}

  async list({ limit, offset }: PageQuery): Promise<Page<StreamSummary>> {
    const all = this.definitions.all();
    const shown = all.slice(offset, offset + limit);
    const rows = await this.rows(shown.map(({ name }) => name));
    return { items: shown.map((stream) => summaryOf(stream, rows.get(stream.name))), total: all.length };
  }

  /** @throws {StreamNotFoundError} */
  async find(name: string): Promise<StreamDetail> {
    const stream = this.definitions.find(name);
    const row = (await this.rows([name])).get(name);
    // It may be away, or not there yet: what we know ourselves is told all the same.
    const ranges = await this.log.ranges(stream.from.topic).catch(() => []);
    const known =
      ranges.length > 0
        ? ranges
        : Object.keys(row?.positions ?? {}).map((partition) => ({ partition: Number(partition), begin: null, end: null }));
    const partitions = known.map(({ partition, begin, end }) => {
      const { next, newest } = row?.positions[partition] ?? {};
      return {
        ...{ partition, next_offset: next ?? null, end_offset: end },
        lag: end === null ? null : Math.max(0, end - (next ?? begin)),
        newest_event_at: isoOf(newest ?? null),
      };
    });
    const { from, to } = stream;
    return {
      ...summaryOf(stream, row),
      partitions,
      state: { entries: row?.figures.entries ?? 0, bytes: row?.figures.bytes ?? 0, most_entries: stream.most_entries },
      checkpoint: {
        version: row?.version ?? 0,
        at: row?.checkpoint_at?.toISOString() ?? null,
        milliseconds: row?.figures.checkpoint_ms ?? null,
      },
      from: { time: from.time ?? null, delay_ms: from.delay, idle_ms: from.idle, ahead_ms: from.ahead },
      to: {
        ...{ topic: to.topic ?? null, table: to.table ?? null, webhook: to.webhook },
        postgres: to.postgres === undefined ? null : `${STREAM_SCHEMA}.${to.postgres}`,
        late: lateTopicOf(stream),
      },
    };
  }

  /** It keeps a checkpoint, and goes on from there when it is resumed. @throws {StreamNotFoundError} */
  async pause(name: string): Promise<StreamDetail> {
    return this.setPaused(name, true);
  }

  /** @throws {StreamNotFoundError} */
  async resume(name: string): Promise<StreamDetail> {
    return this.setPaused(name, false);
  }

  /**
   * Forgets state, offsets and counters. What it has written stays: rows that are told again replace those of the same window
   * where they can, and stand beside them in mode append.
   * @throws {StreamNotFoundError}
   */
  async restart(name: string, from: 'earliest' | 'latest'): Promise<StreamDetail> {
    this.definitions.find(name);
    await this.leases.restart(name, from);
    this.runner.nudge();
    return this.find(name);
  }

  private async setPaused(name: string, paused: boolean): Promise<StreamDetail> {
    this.definitions.find(name);
    await this.leases.setPaused(name, paused);
    this.runner.nudge();
    return this.find(name);
  }

  private async rows(names: readonly string[]): Promise<Map<string, Row>> {
    return new Map((await this.database.query<Row[]>(ROWS, [names])).map((row) => [row.name, row]));
  }
}

function summaryOf(stream: StreamDeclaration, row: Row | undefined): StreamSummary {
  const { events = 0, filtered = 0, late = 0, poison = 0, rows = 0 } = row?.counters ?? {};
  return {
    ...{ name: stream.name, description: stream.description, topic: stream.from.topic },
    operation: OPERATION_NAMES.find((name) => stream[name] !== undefined)!,
    status: statusOf(row),
    error: row?.error ?? null,
    watermark: isoOf(row?.watermark ?? null),
    ...{ events, filtered, late, dead_letters: poison, rows },
  };
}

function statusOf(row: Row | undefined): StreamStatus {
  if (!row || (!row.owned && !row.paused && row.error === null)) return 'waiting';
  if (row.paused) return 'paused';
  return row.error === null ? 'running' : 'failing';
}

/** A watermark may stand before all dates. */
const isoOf = (time: number | null): string | null =>
  time === null || Math.abs(time) > 8.64e15 ? null : new Date(time).toISOString();
