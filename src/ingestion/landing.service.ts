import { Inject, Injectable } from '@nestjs/common';
import { OffsetOutOfRangeError } from '../engines/stream/stream.errors.js';
import { type PartitionRange, type Position, StreamLog } from '../engines/stream/stream.port.js';
import { EventBus } from '../events/event-bus.js';
import { PartitionNotFoundError } from './ingestion.errors.js';
import { LandedTables } from './landing/landed-tables.js';
import { TopicDoesNotLandError } from './landing/landing.errors.js';
import type { LandingState, Replayed, ReplayRequest } from './landing/landing.schema.js';
import { LandingPlans } from './landing/landing-plans.js';
import { Replays } from './landing/replays.js';
import { bronzeOf, type Topic } from './topic.types.js';
import { TopicsService } from './topics.service.js';

/** What {@link LandingService} asks. */
@Injectable()
export class LandingRecords {
  constructor(
    readonly tables: LandedTables,
    readonly plans: LandingPlans,
    readonly replays: Replays,
  ) {}
}

/** Topics on their way into bronze, as people see and steer it. */
@Injectable()
export class LandingService {
  constructor(
    private readonly topics: TopicsService,
    private readonly records: LandingRecords,
    @Inject(StreamLog) private readonly log: StreamLog,
    @Inject(EventBus) private readonly bus: EventBus,
  ) {}

  /** @throws {TopicNotFoundError} */
  async state(name: string): Promise<LandingState> {
    const topic = await this.topics.find(name);
    const [{ paused, trouble }, ranges, positionOf] = await Promise.all([
      this.records.plans.find(topic.id),
      this.log.ranges(name),
      this.records.tables.positions(topic),
    ]);
    const status = trouble === null ? 'landing' : 'troubled';
    return {
      ...{ topic: name, table: bronzeOf(name), trouble },
      status: topic.land ? (paused ? 'paused' : status) : 'off',
      partitions: ranges.map(({ partition, begin, end }) => {
        const landed = positionOf(partition) ?? null;
        return { partition, begin, end, landed, lag: Math.max(0, end - (landed ?? begin)) };
      }),
    };
  }

  /** What was read already lands; no more is read, by any replica, until it is resumed. @throws {TopicDoesNotLandError} */
  pause(name: string): Promise<LandingState> {
    return this.setPaused(name, true);
  }

  resume(name: string): Promise<LandingState> {
    return this.setPaused(name, false);
  }

  /**
   * Lands anew from an offset or a time on: the rows behind it leave the table and come again. An offset further on passes over
   * what is between.
   * @throws {TopicDoesNotLandError} @throws {PartitionNotFoundError} @throws {OffsetOutOfRangeError}
   */
  async replay(name: string, request: ReplayRequest): Promise<Replayed> {
    const topic = await this.landingTopic(name);
    const ranges = await this.log.ranges(name);
    const { moves, commit } = await this.records.replays.move(topic, await this.positions(name, request, ranges));
    await this.bus.publish({ type: 'topic.changed', topic: name });
    const beginOf = new Map(ranges.map(({ partition, begin }) => [partition, begin]));
    return {
      ...{ topic: name, table: bronzeOf(name), version: commit?.version ?? null, rows_removed: commit?.rowsRemoved ?? 0 },
      partitions: moves.map(({ partition, from, to }) => ({
        ...{ partition, from, to },
        passed_over: Math.max(0, to - (from ?? beginOf.get(partition) ?? 0)),
      })),
    };
  }

  private async positions(name: string, request: ReplayRequest, ranges: readonly PartitionRange[]): Promise<readonly Position[]> {
    if (request.time !== undefined) return this.log.offsetsAt(name, Date.parse(request.time));
    const positions = request.positions ?? [];
    for (const { partition, offset } of positions) {
      const range = ranges.find((each) => each.partition === partition);
      if (!range) throw new PartitionNotFoundError(name, partition, ranges.length);
      if (offset < range.begin || offset > range.end) throw new OffsetOutOfRangeError(name, partition, offset, range);
    }
    return positions;
  }

  private async setPaused(name: string, paused: boolean): Promise<LandingState> {
    const topic = await this.landingTopic(name);
    await this.records.plans.pause(topic.id, paused);
    await this.bus.publish({ type: 'topic.changed', topic: name });
    return this.state(name);
  }

  private async landingTopic(name: string): Promise<Topic> {
    const topic = await this.topics.find(name);
    if (!topic.land) throw new TopicDoesNotLandError(name);
    return topic;
  }
}
