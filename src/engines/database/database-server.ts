import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import pg from 'pg';
import type { LabConfig } from '../../config/lab-config.js';
import { DatabaseUnreachableError } from './database.errors.js';
import { EmbeddedPostgres } from './embedded/embedded-postgres.js';

/** Every table of the lab lives in this schema, so that a database with other tables in it can be shared. */
export const SCHEMA = 'lab';

/** How long the server of DATABASE_URL may take to let us in: it may be starting beside us. */
const PATIENCE_MS = 15_000;
const PAUSE_MS = 250;

/** The PostgreSQL server that this process works on, its own or another's. */
export class DatabaseServer {
  private constructor(
    /** With the password in it. Unqualified names mean the schema `lab` first. */
    readonly url: string,
    private readonly own?: EmbeddedPostgres,
  ) {}

  /**
   * @param patienceMs how long to knock at the server of DATABASE_URL
   * @throws {DatabaseUnreachableError} when nobody there lets us in
   * @throws {DataFolderInUseError} when another process has its embedded server on this data folder
   * @throws {EmbeddedServerError} when the embedded server cannot run here
   */
  static async open(config: LabConfig, patienceMs = PATIENCE_MS): Promise<DatabaseServer> {
    if (config.databaseUrl === undefined) {
      const own = await EmbeddedPostgres.start(join(config.dataDir, 'postgres'));
      own.keepRunning();
      return new DatabaseServer(withSearchPath(own.url), own);
    }
    await untilReachable(config.databaseUrl, patienceMs);
    return new DatabaseServer(withSearchPath(config.databaseUrl));
  }

  get embedded(): boolean {
    return this.own !== undefined;
  }

  /** Host, port and database, fit for a log. */
  get address(): string {
    return addressOf(this.url);
  }

  /** Stops the server if it is ours. */
  async close(): Promise<void> {
    await this.own?.stop();
  }
}

function withSearchPath(url: string): string {
  const result = new URL(url);
  if (result.searchParams.has('options')) return url;
  result.search += `${result.search ? '&' : '?'}options=${encodeURIComponent(`-c search_path=${SCHEMA},public`)}`;
  return result.href;
}

function addressOf(url: string): string {
  const { hostname, port, pathname, searchParams } = new URL(url);
  return `${hostname || (searchParams.get('host') ?? 'localhost')}:${port || 5432}${pathname}`;
}

async function untilReachable(url: string, patienceMs: number): Promise<void> {
  const deadline = performance.now() + patienceMs;
  for (let attempt = 1; ; attempt++) {
    const failure = await knock(url);
    if (failure === undefined) return;
    if (failure.final || performance.now() > deadline) throw new DatabaseUnreachableError(addressOf(url), failure.reason);
    if (attempt === 1) {
      new Logger(DatabaseServer.name).warn(`PostgreSQL at ${addressOf(url)} does not answer yet (${failure.reason})`);
    }
    await new Promise((wait) => setTimeout(wait, PAUSE_MS));
  }
}

async function knock(url: string): Promise<{ reason: string; final: boolean } | undefined> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  try {
    await client.connect();
    return undefined;
  } catch (error) {
    const { message, code = '' } = error as { message: string; code?: string };
    // A wrong password, an unknown role or database, a missing right: waiting mends none of them.
    return { reason: message || code, final: /^(28|3D|42)/.test(code) };
  } finally {
    await client.end().catch(() => undefined);
  }
}
