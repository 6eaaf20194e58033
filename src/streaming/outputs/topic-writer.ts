import { Inject, Injectable } from '@nestjs/common';
import { MessageTooLargeError } from '../../engines/stream/stream.errors.js';
import { type NewMessage, StreamLog } from '../../engines/stream/stream.port.js';
import { TopicsService } from '../../ingestion/topics.service.js';
import type { Delivery } from './delivery.types.js';

const AT_ONCE = 1_000;

/** Appends what a delivery holds, each message with an id in its headers that is the same when it comes again. */
@Injectable()
export class TopicWriter {
  constructor(
    @Inject(StreamLog) private readonly log: StreamLog,
    private readonly topics: TopicsService,
  ) {}

  /** A topic that somebody has deleted meanwhile is made again. @param messageOf what an item is as a message */
  async append<T>(topic: string, delivery: Delivery, messageOf: (item: T) => NewMessage): Promise<void> {
    await this.ensure(topic);
    const name = `${delivery.stream.name}-${delivery.version}`;
    let [batch, index]: [NewMessage[], number] = [[], 0];
    for (const item of delivery.items<T>()) {
      const message = messageOf(item);
      batch.push({ ...message, headers: { ...message.headers, id: `${name}-${index++}` } });
      if (batch.length < AT_ONCE) continue;
      await this.appendBatch(topic, batch);
      batch = [];
    }
    if (batch.length > 0) await this.appendBatch(topic, batch);
  }

  /** Makes the topic when it is not there. */
  async ensure(name: string): Promise<void> {
    await this.topics.ensure({ name, land: false });
  }

  /** A message that was as large as one may be has no room for headers beside its id. */
  private async appendBatch(topic: string, batch: readonly NewMessage[]): Promise<void> {
    try {
      await this.log.append(topic, batch);
    } catch (error) {
      if (!(error instanceof MessageTooLargeError)) throw error;
      for (const message of batch) {
        await this.log.append(topic, [message]).catch((failure: unknown) => {
          if (!(failure instanceof MessageTooLargeError)) throw failure;
          return this.log.append(topic, [{ ...message, headers: { id: message.headers!.id } }]);
        });
      }
    }
  }
}
