import { Injectable } from '@nestjs/common';
import { lateTopicOf } from '../definition/stream.schema.js';
import { messageOf } from '../processing/pending-output.js';
import type { Delivery, KeptMessage, Output } from './delivery.types.js';
import { TopicWriter } from './topic-writer.js';

/** Events that came when their windows had closed, as they were, with their place in the headers. */
@Injectable()
export class LateOutput implements Output {
  readonly name = 'late';
  readonly takes = 'late';

  constructor(private readonly writer: TopicWriter) {}

  serves(): boolean {
    return true;
  }

  deliver(delivery: Delivery): Promise<void> {
    const { stream } = delivery;
    return this.writer.append<KeptMessage>(lateTopicOf(stream), delivery, (kept) => {
      const { key, value, headers, timestamp, partition, offset } = messageOf(kept);
      const place = { 'late-topic': stream.from.topic, 'late-partition': `${partition}`, 'late-offset': `${offset}` };
      return { ...{ key, value, timestamp }, headers: { ...headers, ...place } };
    });
  }
}
