import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { DatabaseServer } from './database-server.js';

/** The door to PostgreSQL for what does not go through a repository. */
@Injectable()
export class Database implements OnApplicationShutdown {
  constructor(
    @Inject(DatabaseServer) private readonly server: DatabaseServer,
    private readonly dataSource: DataSource,
  ) {}

  /** For clients with connections of their own, such as COPY: schema `lab` is in front of their search path. Holds the password. */
  get url(): string {
    return this.server.url;
  }

  /** Whether the server was started by this process and stops with it. */
  get embedded(): boolean {
    return this.server.embedded;
  }

  /** Host, port and database, without a secret. */
  get address(): string {
    return this.server.address;
  }

  /** @returns milliseconds that a query through the pool takes, waiting for a connection included */
  async ping(): Promise<number> {
    const start = performance.now();
    await this.dataSource.query('SELECT 1');
    return performance.now() - start;
  }

  /** The pool first, then the server: whoever still holds a connection has had two phases of shutdown to give it back. */
  async onApplicationShutdown(): Promise<void> {
    if (this.dataSource.isInitialized) await this.dataSource.destroy();
    await this.server.close();
  }
}
