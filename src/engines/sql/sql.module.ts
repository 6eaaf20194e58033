import { join } from 'node:path';
import { Global, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { LabConfig } from '../../config/lab-config.js';
import { DuckDbSqlEngine } from './duckdb.sql-engine.js';
import { SqlEngine } from './sql.port.js';

const openDuckDb = ({ sqlThreads, sqlMemoryLimit, dataDir }: LabConfig): Promise<SqlEngine> =>
  DuckDbSqlEngine.open({ threads: sqlThreads, memoryLimit: sqlMemoryLimit, tempFolder: join(dataDir, 'tmp') });

/** The only file that knows which SQL engines there are. */
@Global()
@Module({
  providers: [{ provide: SqlEngine, inject: [LabConfig], useFactory: openDuckDb }],
  exports: [SqlEngine],
})
export class SqlModule implements OnApplicationShutdown {
  constructor(@Inject(SqlEngine) private readonly sql: SqlEngine) {}

  onApplicationShutdown(): Promise<void> {
    return this.sql.close();
  }
}
