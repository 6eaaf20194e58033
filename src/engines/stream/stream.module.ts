import { Global, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { Database } from '../database/database.service.js';
import { EmbeddedStream } from './embedded.stream.js';
import { StreamLog } from './stream.port.js';

/** The only file that knows which message logs there are. */
@Global()
@Module({
  providers: [{ provide: StreamLog, inject: [Database], useFactory: ({ url }: Database): StreamLog => new EmbeddedStream(url) }],
  exports: [StreamLog],
})
export class StreamModule implements OnApplicationShutdown {
  constructor(@Inject(StreamLog) private readonly log: StreamLog) {}

  onApplicationShutdown(): Promise<void> {
    return this.log.close();
  }
}
