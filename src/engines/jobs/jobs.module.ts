import { Global, Module } from '@nestjs/common';
import { Database } from '../database/database.service.js';
import { JobQueue } from './jobs.service.js';

/** Background work for every room; its tables live in the schema `pgboss`. */
@Global()
@Module({
  providers: [{ provide: JobQueue, inject: [Database], useFactory: (database: Database) => JobQueue.open(database) }],
  exports: [JobQueue],
})
export class JobsModule {}
