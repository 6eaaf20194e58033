import { Inject, Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { StreamLog } from '../../engines/stream/stream.port.js';
import type { Page, PageQuery } from '../../http/page.schema.js';
import { DeadLetterEntity } from '../dead-letters/dead-letter.entity.js';
import { landingGroup } from '../topic.types.js';
import { TopicsService } from '../topics.service.js';
import { itemOf, type LagQuery, type TopicDetail, type TopicItem, type TopicLag } from './topic.schema.js';

/** Topics as people see them. */
@Injectable()
export class TopicOverview {
  constructor(
    @Inject(StreamLog) private readonly log: StreamLog,
    @InjectRepository(DeadLetterEntity) private readonly letters: Repository<DeadLetterEntity>,
    private readonly topics: TopicsService,
  ) {}

  /** In the order of their names. */
  async list({ limit, offset }: PageQuery): Promise<Page<TopicItem>> {
    const topics = await this.topics.list();
    return { items: topics.slice(offset, offset + limit).map(itemOf), total: topics.length };
  }

  /** @throws {TopicNotFoundError} */
  async find(name: string): Promise<TopicDetail> {
    const topic = await this.topics.find(name);
    const ranges = await this.log.ranges(name);
    return {
      ...itemOf(topic),
      messages: ranges.reduce((sum, { begin, end }) => sum + end - begin, 0),
      dead_letters: await this.letters.countBy({ topicId: topic.id, status: 'open' }),
      ranges,
    };
  }

  /** @throws {TopicNotFoundError} */
  async lag(name: string, { group = landingGroup(name) }: LagQuery): Promise<TopicLag> {
    await this.topics.find(name);
    const partitions = await this.log.lag(group, [name]);
    const items = partitions.map(({ partition, begin, end, committed, lag }) => ({ partition, begin, end, committed, lag }));
    return { group, lag: items.reduce((sum, { lag }) => sum + lag, 0), items, total: items.length };
  }
}
