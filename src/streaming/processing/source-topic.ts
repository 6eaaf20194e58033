import { Inject, Injectable } from '@nestjs/common';
import { TopicNotFoundError } from '../../engines/stream/stream.errors.js';
import { type PartitionRange, StreamLog } from '../../engines/stream/stream.port.js';
import { TopicsService } from '../../ingestion/topics.service.js';

/** What is to be known of the topic that a stream reads. It may be yet to come: the subscription waits for it. */
@Injectable()
export class SourceTopic {
  constructor(
    @Inject(StreamLog) private readonly log: StreamLog,
    private readonly topics: TopicsService,
  ) {}

  /** None of a topic that is not there. */
  async ranges(topic: string): Promise<PartitionRange[]> {
    return (await unlessAbsent(this.log.ranges(topic))) ?? [];
  }

  /** Another one each time a topic of this name is made; null of one that others made in the log. */
  async idOf(topic: string): Promise<string | null> {
    return (await unlessAbsent(this.topics.find(topic)))?.id ?? null;
  }
}

async function unlessAbsent<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof TopicNotFoundError) return undefined;
    throw error;
  }
}
