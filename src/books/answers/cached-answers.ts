import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { Cache } from '../../engines/cache/cache.port.js';
import { EventBus } from '../../events/event-bus.js';
import { ReadyAnswer } from './ready-answer.js';

const SCOPE = 'books';

/** Answers that depend on parameters, made on one replica for all who ask the same of the same data. */
@Injectable()
export class CachedAnswers implements OnModuleDestroy {
  private readonly unsubscribe: () => void;

  constructor(
    @Inject(Cache) private readonly cache: Cache,
    @Inject(EventBus) bus: EventBus,
  ) {
    this.unsubscribe = bus.subscribe('books.updated', () => this.cache.forget(SCOPE));
  }

  onModuleDestroy(): void {
    this.unsubscribe();
  }

  /**
   * @param source the mark of the data from which the answer is made: another one for other data, in every process and after
   * every restart, so that an answer from older data cannot be found
   * @param question the route and all parameters that count, with the same text for what is answered the same
   * @param make the body as it goes out
   * @param again whether this was asked before. Most questions are asked once, and to find their answer is quick: what is asked
   * for again is worth being compressed, and kept
   */
  async get(source: string, question: string, make: () => Buffer | Promise<Buffer>, again = true): Promise<ReadyAnswer> {
    if (!again) return ReadyAnswer.plain(await make());
    const packed = await this.cache.remember(SCOPE, `${source} ${question}`, async () => ReadyAnswer.of(await make()).pack());
    return ReadyAnswer.unpack(packed);
  }
}
