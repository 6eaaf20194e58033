import { Inject, Injectable } from '@nestjs/common';
import { MessageTooLargeError } from '../../engines/stream/stream.errors.js';
import { type NewMessage, StreamLog } from '../../engines/stream/stream.port.js';
import { TopicsService } from '../../ingestion/topics.service.js';
import { lateTopicOf, type StreamDeclaration } from '../definition/stream.schema.js';
import type { DeliveredRow, Delivery, KeptMessage, Output } from './delivery.types.js';

const AT_ONCE = 1_000;

/**
 * Rows as messages, each with an id in its headers that is the same when it comes again: who reads a topic drops what it has
 * had. What a row is about is its key.
 */
@Injectable()
export class TopicOutput implements Output {
  readonly name = 'topic';
  readonly takes = 'rows';

  constructor(
    @Inject(StreamLog) private readonly log: StreamLog,
    private readonly topics: TopicsService,
  ) {}

  serves({ to }: StreamDeclaration): boolean {
    return to.topic !== undefined;
  }

  async prepare({ to }: StreamDeclaration): Promise<void> {
    await this.topics.ensure({ name: to.topic!, land: false });
  }

  async deliver(delivery: Delivery): Promise<void> {
    const messages = numbered<DeliveredRow>(delivery, ({ key, time, values, gone }, id) => ({
      key,
      value: Buffer.from(JSON.stringify(gone ? { ...values, gone } : values)),
      headers: { id },
      timestamp: time,
    }));
    await appendAll(this.log, delivery.stream.to.topic!, messages);
  }
}

/** Events that came when their windows had closed, as they were. */
@Injectable()
export class LateOutput implements Output {
  readonly name = 'late';
  readonly takes = 'late';

  constructor(
    @Inject(StreamLog) private readonly log: StreamLog,
    private readonly topics: TopicsService,
  ) {}

  serves(): boolean {
    return true;
  }

  async deliver(delivery: Delivery): Promise<void> {
    const { stream } = delivery;
    const topic = lateTopicOf(stream);
    await this.topics.ensure({ name: topic, land: false });
    const messages = numbered<KeptMessage>(delivery, ({ key, value, headers, timestamp, partition, offset }, id) => ({
      ...{ key, timestamp },
      value: value === null ? null : Buffer.from(value, 'base64'),
      headers: { ...headers, id, 'late-topic': stream.from.topic, 'late-partition': `${partition}`, 'late-offset': `${offset}` },
    }));
    await appendAll(this.log, topic, messages);
  }
}

function* numbered<T>(delivery: Delivery, message: (item: T, id: string) => NewMessage): Iterable<NewMessage> {
  let index = 0;
  for (const item of delivery.items<T>()) yield message(item, `${delivery.stream.name}-${delivery.version}-${index++}`);
}

async function appendAll(log: StreamLog, topic: string, messages: Iterable<NewMessage>): Promise<void> {
  const batch: NewMessage[] = [];
  for (const message of messages) {
    batch.push(message);
    if (batch.length >= AT_ONCE) await append(log, topic, batch.splice(0));
  }
  if (batch.length > 0) await append(log, topic, batch);
}

/** A late event that was as large as a message may be has no room for the headers that say where it was. */
async function append(log: StreamLog, topic: string, batch: readonly NewMessage[]): Promise<void> {
  try {
    await log.append(topic, batch);
  } catch (error) {
    if (!(error instanceof MessageTooLargeError)) throw error;
    for (const message of batch) {
      await log.append(topic, [message]).catch((failure: unknown) => {
        if (!(failure instanceof MessageTooLargeError)) throw failure;
        return log.append(topic, [{ ...message, headers: { id: message.headers!.id } }]);
      });
    }
  }
}
