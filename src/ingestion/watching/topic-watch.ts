import { PassThrough, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { OffsetOutOfRangeError, TopicNotFoundError } from '../../engines/stream/stream.errors.js';
import { type PartitionRange, StreamLog } from '../../engines/stream/stream.port.js';
import { TooManyWatchersError } from '../ingestion.errors.js';
import type { WatchQuery } from '../message.schema.js';
import { TopicPeek, watched } from '../topics/topic-peek.js';
import { eventIdOf, type Places, placesOf } from './event-id.js';
import { type TailLine, TopicTail } from './topic-tail.js';

const MOST_WATCHERS = 1_000;
/** Below the patience of the proxies on the way. */
const SIGN_OF_LIFE_MS = 15_000;
const AWAY_MS = 1_000;

interface Watching {
  readonly topic: string;
  readonly partition: number | undefined;
  readonly tail: TopicTail;
  readonly places: Places;
  readonly signal: AbortSignal;
}

/** The messages of a topic as they come, for as many as like to watch. */
@Injectable()
export class TopicWatch implements OnModuleDestroy {
  private readonly logger = new Logger(TopicWatch.name);
  private readonly shutdown = new AbortController();
  private readonly tails = new Map<string, { readonly tail: TopicTail; watchers: number }>();

  constructor(
    @Inject(StreamLog) private readonly log: StreamLog,
    private readonly peek: TopicPeek,
  ) {}

  /** Streams that are open now. */
  get watchers(): number {
    return [...this.tails.values()].reduce((sum, { watchers }) => sum + watchers, 0);
  }

  onModuleDestroy(): void {
    this.shutdown.abort();
    for (const { tail } of this.tails.values()) tail.close();
  }

  /**
   * Server-sent events: `message` for each that comes, `gap` where retention was faster than the reader, `end` when the topic is
   * deleted. What a slow reader has not taken stays in the topic.
   * @param after the id of the last event that the reader has
   * @throws {TopicNotFoundError} @throws {PartitionNotFoundError} @throws {TooManyWatchersError}
   */
  async open(topic: string, { from, partition }: WatchQuery, after?: string): Promise<Readable> {
    const ranges = await this.peek.rangesOf(topic);
    const places = placesIn(watched(topic, ranges, partition), from, after);
    if (this.watchers >= MOST_WATCHERS) throw new TooManyWatchersError(MOST_WATCHERS);
    const gone = new AbortController();
    const tail = this.join(topic, ranges);
    const signal = AbortSignal.any([gone.signal, this.shutdown.signal]);
    const stream = new PassThrough({
      // Not at `close`: a stream made of a generator closes only after the next event, which may be far away.
      destroy: (error, done) => {
        gone.abort();
        this.leave(topic, tail);
        done(error);
      },
    });
    pipeline(eventsOf({ topic, partition, tail, places, signal }), stream).catch((error: unknown) => this.tell(topic, error));
    return stream;
  }

  private join(topic: string, ranges: readonly PartitionRange[]): TopicTail {
    const known = this.tails.get(topic);
    if (known && !known.tail.isDeleted) {
      known.watchers++;
      return known.tail;
    }
    const tail = new TopicTail(this.log, topic, ranges);
    this.tails.set(topic, { tail, watchers: 1 });
    return tail;
  }

  private leave(topic: string, tail: TopicTail): void {
    const known = this.tails.get(topic);
    if (known?.tail !== tail || --known.watchers > 0) return;
    tail.close();
    this.tails.delete(topic);
  }

  private tell(topic: string, error: unknown): void {
    if ((error as { code?: string }).code === 'ERR_STREAM_PREMATURE_CLOSE') return;
    this.logger.warn(`"${topic}" is watched no further: ${String(error)}`);
  }
}

function placesIn(ranges: readonly PartitionRange[], from: WatchQuery['from'], after: string | undefined): Places {
  const partitions = ranges.map(({ partition }) => partition);
  if (after !== undefined) return placesOf(after, partitions);
  return new Map(ranges.map(({ partition, begin, end }) => [partition, from === 'earliest' ? begin : end]));
}

async function* eventsOf({ tail, signal, ...watching }: Watching): AsyncGenerator<string> {
  const { places } = watching;
  // Who comes back before anything has come goes on from here as well.
  yield `retry: 1000\nid: ${eventIdOf(places)}\n\n`;
  for (let moved = tail.movement; !signal.aborted; moved = tail.movement) {
    if (tail.isDeleted) return yield 'event: end\ndata: {"reason":"deleted"}\n\n';
    let read = 0;
    for (const range of rangesOf(tail, watching.partition)) {
      const { lines, gap } = await linesOf(tail, range, places);
      if (gap) yield gap;
      read += lines.length + (gap ? 1 : 0);
      for (const { text, next } of lines) {
        places.set(range.partition, next);
        yield `id: ${eventIdOf(places)}\nevent: message\ndata: ${text}\n\n`;
      }
    }
    if (read === 0 && !(await isMoved(moved, signal))) yield ': waiting\n\n';
  }
}

const rangesOf = ({ ranges }: TopicTail, partition: number | undefined): readonly PartitionRange[] =>
  partition === undefined ? ranges : ranges.filter((range) => range.partition === partition);

/** Some of what has come to a partition. */
async function linesOf(
  tail: TopicTail,
  { partition, end }: PartitionRange,
  places: Places,
): Promise<{ lines: TailLine[]; gap?: string }> {
  const place = places.get(partition) ?? 0;
  if (!places.has(partition)) places.set(partition, place);
  if (place === end) return { lines: [] };
  try {
    return { lines: await tail.read(partition, place, end) };
  } catch (error) {
    if (error instanceof OffsetOutOfRangeError) return { lines: [], gap: gapOf(places, partition, error.range) };
    // It is deleted, which the tail tells, or away, and comes back.
    if (!(error instanceof TopicNotFoundError)) await sleep(AWAY_MS);
    return { lines: [] };
  }
}

/** Goes on with what there is, and says what there is no more. */
function gapOf(places: Places, partition: number, { begin, end }: OffsetOutOfRangeError['range']): string {
  const gap = { partition, asked: places.get(partition), begin, end };
  places.set(partition, begin);
  return `id: ${eventIdOf(places)}\nevent: gap\ndata: ${JSON.stringify(gap)}\n\n`;
}

/** @returns false when nothing came for so long that the reader should be told that the connection lives */
async function isMoved(moved: Promise<void>, signal: AbortSignal): Promise<boolean> {
  const wait = new AbortController();
  const life = sleep(SIGN_OF_LIFE_MS, false, { signal: AbortSignal.any([signal, wait.signal]) }).catch(() => true);
  const result = await Promise.race([moved.then(() => true), life]);
  wait.abort();
  return result;
}
