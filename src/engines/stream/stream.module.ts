import { Global, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { LabConfig } from '../../config/lab-config.js';
import { Database } from '../database/database.service.js';
import { EmbeddedStream } from './embedded.stream.js';
import { KafkaStream } from './kafka.stream.js';
import { StreamLog } from './stream.port.js';

const openStream = async ({ kafka }: LabConfig, { url }: Database): Promise<StreamLog> =>
  kafka ? KafkaStream.open(kafka) : new EmbeddedStream(url);

/** The only file that knows which message logs there are. */
@Global()
@Module({
  providers: [{ provide: StreamLog, inject: [LabConfig, Database], useFactory: openStream }],
  exports: [StreamLog],
})
export class StreamModule implements OnApplicationShutdown {
  constructor(@Inject(StreamLog) private readonly log: StreamLog) {}

  onApplicationShutdown(): Promise<void> {
    return this.log.close();
  }
}
