import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { Cache } from '../../engines/cache/cache.port.js';
import { EventBus } from '../../events/event-bus.js';
import { ReadyAnswer } from './ready-answer.js';

const SCOPE = 'books';

/** Answers that depend on parameters: made once, on one replica, for all who ask the same of the same data. */
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
   * @param again whether this was asked before. To compress an answer takes longer than to find it, and most are asked for once:
   * it is done for those that are asked for again
   */
  async get(source: string, question: string, make: () => Buffer | Promise<Buffer>, again = true): Promise<ReadyAnswer> {
    const key = `${source} ${question}`;
    const found = (): Promise<Buffer> => this.cache.remember(SCOPE, key, async () => ReadyAnswer.of(await make()).pack(false));
    if (!again) return ReadyAnswer.unpack(await found());
    const compress = async (): Promise<Buffer> => ReadyAnswer.of(ReadyAnswer.unpack(await found()).body).pack(true);
    return ReadyAnswer.unpack(await this.cache.remember(SCOPE, `${key} again`, compress));
  }
}
