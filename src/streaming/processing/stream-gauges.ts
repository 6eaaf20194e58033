import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { StreamLog } from '../../engines/stream/stream.port.js';
import { HealthFacts } from '../../http/health-facts.js';
import { gauge } from '../../telemetry/metrics.js';
import { StreamDefinitions } from '../definition/stream-definitions.js';
import type { Counters, Figures, PartitionProgress } from './checkpoints.js';

const EVENTS = {
  name: 'lab_stream_events',
  help: 'Messages that a stream has read since it began, by what became of them: read, filtered, late, poison',
  labels: ['stream', 'kind'],
} as const;
const STATE = { name: 'lab_stream_state_bytes', help: 'State of a stream as it is kept', labels: ['stream'] } as const;
const ENTRIES = {
  name: 'lab_stream_state_entries',
  help: 'Windows and groups of which there is state',
  labels: ['stream'],
} as const;
const FAILING = {
  name: 'lab_stream_failing',
  help: '1 while something keeps a stream from going on; its error says what',
  labels: ['stream'],
} as const;
const WATERMARK = {
  name: 'lab_stream_watermark_seconds',
  help: 'Event time before which nothing is waited for, in seconds since 1970',
  labels: ['stream'],
} as const;
const LAG = {
  name: 'lab_stream_lag',
  help: 'Messages that a stream has yet to read',
  labels: ['stream', 'topic', 'partition'],
} as const;

type StreamMetric = typeof STATE | typeof ENTRIES | typeof FAILING | typeof WATERMARK;

interface Row {
  readonly name: string;
  readonly paused: boolean;
  readonly error: string | null;
  readonly positions: Readonly<Record<string, PartitionProgress>>;
  readonly watermark: number | null;
  readonly counters: Partial<Counters>;
  readonly figures: Partial<Figures>;
}

/** Tells of every declared stream as of its last checkpoint, whichever process carries it on: at `/metrics` and `/api/v1/health`. */
@Injectable()
export class StreamGauges implements OnModuleInit {
  constructor(
    private readonly definitions: StreamDefinitions,
    private readonly database: DataSource,
    private readonly health: HealthFacts,
    @Inject(StreamLog) private readonly log: StreamLog,
  ) {}

  onModuleInit(): void {
    this.health.add('streams', () => this.describe());
    gauge(EVENTS, async () =>
      (await this.rows()).flatMap(({ name, counters }) => {
        const { events = 0, filtered = 0, late = 0, poison = 0 } = counters;
        const kinds = { read: events, filtered, late, poison };
        return Object.entries(kinds).map(([kind, value]) => ({ labels: { stream: name, kind }, value }));
      }),
    );
    this.byStream(STATE, ({ figures }) => figures.bytes ?? 0);
    this.byStream(ENTRIES, ({ figures }) => figures.entries ?? 0);
    this.byStream(FAILING, ({ error }) => (error === null ? 0 : 1));
    this.byStream(WATERMARK, ({ watermark }) => (watermark === null ? undefined : watermark / 1000));
    gauge(LAG, async () => (await Promise.all((await this.rows()).map((row) => this.lagOf(row)))).flat());
  }

  private async describe() {
    const failing = (await this.rows()).filter(({ paused, error }) => error !== null && !paused);
    return { declared: this.definitions.all().length, failing: failing.map(({ name, error }) => ({ stream: name, error })) };
  }

  private byStream(metric: StreamMetric, valueOf: (row: Row) => number | undefined): void {
    gauge<'stream'>(metric, async () =>
      (await this.rows()).flatMap((row) => {
        const value = valueOf(row);
        return value === undefined ? [] : [{ labels: { stream: row.name }, value }];
      }),
    );
  }

  private async lagOf({ name, positions }: Row) {
    const { topic } = this.definitions.find(name).from;
    const ranges = await this.log.ranges(topic).catch(() => []);
    return ranges.map(({ partition, begin, end }) => ({
      labels: { stream: name, topic, partition: String(partition) },
      value: Math.max(0, end - (positions[partition]?.next ?? begin)),
    }));
  }

  private async rows(): Promise<Row[]> {
    const names = this.definitions.all().map(({ name }) => name);
    if (names.length === 0) return [];
    return this.database.query<Row[]>(
      'select name, paused, error, positions, watermark, counters, figures from lab.streams where name = any($1::text[])',
      [names],
    );
  }
}
