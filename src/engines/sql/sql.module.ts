import { join } from 'node:path';
import { Global, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { LabConfig } from '../../config/lab-config.js';
import { DuckDbSqlEngine } from './duckdb.sql-engine.js';
import { SqlEngine } from './sql.port.js';
import { SqlSandboxService } from './sql-sandbox.service.js';

const openDuckDb = ({ sqlThreads, sqlMemoryLimit, dataDir }: LabConfig): Promise<SqlEngine> =>
  DuckDbSqlEngine.open({ threads: sqlThreads, memoryLimit: sqlMemoryLimit, tempFolder: join(dataDir, 'tmp') });

const openSandbox = ({ sqlThreads, dataDir, queries }: LabConfig): SqlSandboxService =>
  new SqlSandboxService({ ...queries, threads: sqlThreads, tempFolder: join(dataDir, 'tmp') });

/** The only file that knows which SQL engines there are. */
@Global()
@Module({
  providers: [
    { provide: SqlEngine, inject: [LabConfig], useFactory: openDuckDb },
    { provide: SqlSandboxService, inject: [LabConfig], useFactory: openSandbox },
  ],
  exports: [SqlEngine, SqlSandboxService],
})
export class SqlModule implements OnApplicationShutdown {
  constructor(
    @Inject(SqlEngine) private readonly sql: SqlEngine,
    private readonly sandbox: SqlSandboxService,
  ) {}

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([this.sql.close(), this.sandbox.close()]);
  }
}
