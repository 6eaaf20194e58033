import { Inject, Injectable } from '@nestjs/common';
import { Cache } from '../engines/cache/cache.port.js';
import { StreamLog } from '../engines/stream/stream.port.js';

/** Parts without which the rest goes on. */
@Injectable()
export class OptionalEngines {
  constructor(
    @Inject(Cache) private readonly cache: Cache,
    @Inject(StreamLog) private readonly stream: StreamLog,
  ) {}

  readonly checks = {
    cache: () => this.cache.ping(),
    stream: () => this.stream.ping(),
  };
}
