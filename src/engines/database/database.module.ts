import { Global, Module } from '@nestjs/common';
import { TypeOrmModule, type TypeOrmModuleOptions } from '@nestjs/typeorm';
import type pg from 'pg';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { migrations } from '../../../migrations/all.js';
import { LabConfig } from '../../config/lab-config.js';
import { EventBus } from '../../events/event-bus.js';
import { Database } from './database.service.js';
import { DatabaseServer, SCHEMA } from './database-server.js';
import { migrate } from './migrate.js';
import { PostgresBus } from './postgres-bus.js';

/**
 * A server that is killed may end a connection with the very bytes that open it, before TypeORM listens to it: without a listener
 * this process would end too. Whoever uses the connection is told.
 */
function outliveItsEnd(client: pg.Client): void {
  client.on('error', () => undefined);
}

const describeSource = (server: DatabaseServer): TypeOrmModuleOptions => ({
  type: 'postgres',
  url: server.url,
  schema: SCHEMA,
  autoLoadEntities: true,
  synchronize: false,
  installExtensions: false,
  migrations,
  applicationName: 'dataflow-lab',
  poolSize: 16,
  // A server that takes connections and says nothing is away as well.
  connectTimeoutMS: 10_000,
  // The server has let us in by now: what fails is wrong, not late.
  retryAttempts: 0,
  extra: { onConnect: outliveItsEnd },
});

/** Whoever is given the data source finds every table in it. */
async function openSource(options?: DataSourceOptions): Promise<DataSource> {
  const source = await new DataSource(options as DataSourceOptions).initialize();
  await migrate(source);
  return source;
}

/** Comes up before every room and goes down after the last: the only file that knows whose server it is. */
@Global()
@Module({
  imports: [TypeOrmModule.forRootAsync({ inject: [DatabaseServer], useFactory: describeSource, dataSourceFactory: openSource })],
  providers: [
    { provide: DatabaseServer, inject: [LabConfig], useFactory: (config: LabConfig) => DatabaseServer.open(config) },
    {
      provide: EventBus,
      inject: [DatabaseServer, DataSource],
      useFactory: (server: DatabaseServer, source: DataSource) => PostgresBus.open(server.url, source),
    },
    Database,
  ],
  exports: [Database, DatabaseServer, EventBus],
})
export class DatabaseModule {}
