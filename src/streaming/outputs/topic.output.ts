import { Injectable } from '@nestjs/common';
import type { StreamDeclaration } from '../definition/stream.schema.js';
import type { DeliveredRow, Delivery, Output } from './delivery.types.js';
import { TopicWriter } from './topic-writer.js';

/** Rows as messages: what a row is about is its key. */
@Injectable()
export class TopicOutput implements Output {
  readonly name = 'topic';
  readonly takes = 'rows';

  constructor(private readonly writer: TopicWriter) {}

  serves({ to }: StreamDeclaration): boolean {
    return to.topic !== undefined;
  }

  prepare({ to }: StreamDeclaration): Promise<void> {
    return this.writer.ensure(to.topic!);
  }

  deliver(delivery: Delivery): Promise<void> {
    return this.writer.append<DeliveredRow>(delivery.stream.to.topic!, delivery, ({ key, time, values, gone }) => ({
      ...{ key, timestamp: time },
      value: Buffer.from(JSON.stringify(gone ? { ...values, gone } : values)),
    }));
  }
}
