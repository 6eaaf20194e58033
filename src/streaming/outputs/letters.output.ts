import { Inject, Injectable } from '@nestjs/common';
import { StreamLog } from '../../engines/stream/stream.port.js';
import { DeadLettersService } from '../../ingestion/dead-letters.service.js';
import { TopicsService } from '../../ingestion/topics.service.js';
import { messageOf } from '../processing/pending-output.js';
import type { Delivery, KeptMessage, Output } from './delivery.types.js';

const AT_ONCE = 500;

/** Messages that are no events of the stream go to the dead letters of their topic. */
@Injectable()
export class LettersOutput implements Output {
  readonly name = 'letters';
  readonly takes = 'poison';

  constructor(
    private readonly letters: DeadLettersService,
    private readonly topics: TopicsService,
    @Inject(StreamLog) private readonly log: StreamLog,
  ) {}

  serves(): boolean {
    return true;
  }

  async deliver({ stream, items }: Delivery): Promise<void> {
    await this.adopt(stream.from.topic);
    const letters = Array.from(items<KeptMessage>(), (kept) => ({
      message: messageOf(kept),
      reason: kept.reason ?? '',
      by: `stream:${stream.name}`,
    }));
    for (let from = 0; from < letters.length; from += AT_ONCE) {
      await this.letters.put(stream.from.topic, letters.slice(from, from + AT_ONCE));
    }
  }

  /** A topic that others made in the log is one of ours from its first letter on. */
  private async adopt(topic: string): Promise<void> {
    const partitions = (await this.log.ranges(topic)).length;
    await this.topics.ensure({ name: topic, partitions, land: false });
  }
}
