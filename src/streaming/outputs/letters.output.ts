import { Injectable } from '@nestjs/common';
import { DeadLettersService } from '../../ingestion/dead-letters.service.js';
import { messageOf } from '../processing/pending-output.js';
import type { Delivery, KeptMessage, Output } from './delivery.types.js';

const AT_ONCE = 500;

/** Messages that are no events of the stream go to the dead letters of their topic. */
@Injectable()
export class LettersOutput implements Output {
  readonly name = 'letters';
  readonly takes = 'poison';

  constructor(private readonly letters: DeadLettersService) {}

  serves(): boolean {
    return true;
  }

  async deliver({ stream, items }: Delivery): Promise<void> {
    const letters = Array.from(items<KeptMessage>(), (kept) => ({
      message: messageOf(kept),
      reason: kept.reason ?? '',
      by: `stream:${stream.name}`,
    }));
    for (let from = 0; from < letters.length; from += AT_ONCE) {
      await this.letters.put(stream.from.topic, letters.slice(from, from + AT_ONCE));
    }
  }
}
