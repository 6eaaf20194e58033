import { Inject, Injectable } from '@nestjs/common';
import { TopicNotFoundError } from '../../engines/stream/stream.errors.js';
import { StreamLog } from '../../engines/stream/stream.port.js';
import { TopicsService } from '../../ingestion/topics.service.js';

/** What goes from part to part. One partition each: the order of the generations is the order of the messages. */
export const TOPICS = {
  records: 'loop.dados',
  normalized: 'loop.normalizados',
  predictions: 'loop.predicoes',
} as const;

const RETENTION_HOURS = 24;

@Injectable()
export class LoopTopics {
  constructor(
    @Inject(StreamLog) private readonly log: StreamLog,
    private readonly topics: TopicsService,
  ) {}

  /** Also in a log that was chosen after they were made in another. */
  async ensure(): Promise<void> {
    for (const name of Object.values(TOPICS)) {
      await this.topics.ensure({ name, partitions: 1, retentionHours: RETENTION_HOURS, land: false });
      await this.log.ranges(name).catch((error: unknown) => {
        if (!(error instanceof TopicNotFoundError)) throw error;
        return this.log.ensureTopic({ name, partitions: 1, hours: RETENTION_HOURS });
      });
    }
  }

  /** JSON values, in order; a topic that somebody has deleted is made again. @param keys of each, by which readers tell repeats */
  async append(topic: string, values: readonly object[], keys: readonly (string | null)[]): Promise<void> {
    if (values.length === 0) return;
    const messages = values.map((value, index) => ({ key: keys[index], value: Buffer.from(JSON.stringify(value)) }));
    await this.log.append(topic, messages).catch(async (error: unknown) => {
      if (!(error instanceof TopicNotFoundError)) throw error;
      await this.ensure();
      return this.log.append(topic, messages);
    });
  }

  /** The last ones, oldest first; what is no JSON is passed over. Nothing where there is no topic yet. */
  async newest(topic: string, limit: number): Promise<unknown[]> {
    try {
      const [{ partition, begin, end }] = await this.log.ranges(topic);
      if (end === begin) return [];
      const messages = await this.log.read({ topic, partition, offset: Math.max(begin, end - limit), limit });
      return messages.map(({ value }) => jsonOf(value)).filter((value) => value !== undefined);
    } catch (error) {
      if (error instanceof TopicNotFoundError) return [];
      throw error;
    }
  }
}

/** @returns undefined for what is no JSON */
export function jsonOf(value: Buffer | null): unknown {
  try {
    return value === null ? undefined : JSON.parse(value.toString('utf8'));
  } catch {
    return undefined;
  }
}
