import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { In, Repository } from 'typeorm';
import type { Page } from '../../http/page.schema.js';
import type { JobReference } from '../../pipelines/job.types.js';
import { JobsService } from '../../pipelines/jobs.service.js';
import { DeadLetterNotFoundError } from '../ingestion.errors.js';
import { messageOf } from '../message.schema.js';
import { TopicsService } from '../topics.service.js';
import { DeadLetterEntity } from './dead-letter.entity.js';
import type { DeadLetterItem, DeadLetterQuery, LetterReplayRequest } from './dead-letter.schema.js';
import { LetterBox } from './letter-box.js';

const REPLAYS_AT_ONCE = 4;

/** Dead letters as people see them. */
@Injectable()
export class LetterListing {
  constructor(
    @InjectRepository(DeadLetterEntity) private readonly letters: Repository<DeadLetterEntity>,
    private readonly topics: TopicsService,
    private readonly box: LetterBox,
    private readonly jobs: JobsService,
  ) {}

  /** Newest first. @throws {TopicNotFoundError} */
  async list(name: string, { status, limit, offset }: DeadLetterQuery): Promise<Page<DeadLetterItem>> {
    const topic = await this.topics.find(name);
    await this.box.forgetGone(topic);
    const where = { topicId: topic.id, status };
    const [letters, total] = await this.letters.findAndCount({ where, order: { id: 'DESC' }, take: limit, skip: offset });
    const messages = await this.box.messagesOf(topic, letters);
    return { items: letters.map((letter) => itemOf(letter, messages.get(letter.id))), total };
  }

  /** @throws {TopicNotFoundError} @throws {DeadLetterNotFoundError} */
  async replay(name: string, { ids }: LetterReplayRequest): Promise<JobReference> {
    const { id: topicId } = await this.topics.find(name);
    if (ids) {
      const known = await this.letters.find({ select: { id: true }, where: { topicId, id: In(ids) } });
      const missing = ids.filter((id) => !known.some((letter) => letter.id === id));
      if (missing.length > 0) throw new DeadLetterNotFoundError(name, missing);
    }
    return this.jobs.start('ingestion.replay', { topic: name, ...(ids && { ids }) }, { concurrency: REPLAYS_AT_ONCE });
  }
}

function itemOf(letter: DeadLetterEntity, message: Parameters<typeof messageOf>[0] | undefined): DeadLetterItem {
  const { partition, offset, timestamp } = letter;
  return {
    id: letter.id,
    status: letter.status,
    reason: letter.reason,
    failed_by: letter.by,
    put_at: letter.putAt.toISOString(),
    replayed_at: letter.replayedAt?.toISOString() ?? null,
    message: messageOf(message ?? { partition, offset, timestamp, key: null, value: null, headers: {} }),
  };
}
