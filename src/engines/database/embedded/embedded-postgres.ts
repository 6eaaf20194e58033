import { chmod, mkdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { Logger } from '@nestjs/common';
import pg from 'pg';
import { EmbeddedServerError } from '../database.errors.js';
import { findBinaries } from './binaries.js';
import { ensureCluster, locateCluster } from './cluster.js';
import { FolderLock } from './folder-lock.js';
import { stopLeftover, stopPostmaster } from './postmaster.js';
import { hasEnded, launch, type RunningServer, type Site, urlOf } from './server-launch.js';
import { chooseServerUser } from './server-user.js';

/** Where the account of the server reaches its files when it may not enter the data folder. */
const SHELTER = '/var/lib/dataflow-lab';
const DATABASE = 'lab';
const LONGEST_PAUSE_MS = 30_000;

/** Small on purpose, because DuckDB and training share the machine. Durability is PostgreSQL's own: every commit is on disk. */
const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '60',
  shared_buffers: '64MB',
  work_mem: '8MB',
  max_wal_size: '256MB',
  max_parallel_workers: '2',
  max_logical_replication_workers: '0',
  io_method: 'sync',
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
};

/** A PostgreSQL server that belongs to this process: started with it, stopped with it, its data in one folder. */
export class EmbeddedPostgres {
  private readonly logger = new Logger(EmbeddedPostgres.name);
  private stopping = false;
  private reviving: Promise<void> = Promise.resolve();

  private constructor(
    private readonly site: Site,
    private readonly lock: FolderLock,
    private server: RunningServer,
  ) {}

  /**
   * Starts the server on a folder, which is filled at the first time. A server that a killed process left there is stopped.
   * @param settings in addition to, or in place of, those that every embedded server has
   * @throws {DataFolderInUseError} while another process runs a server on the folder
   * @throws {EmbeddedServerError} when it cannot run here
   */
  static async start(folder: string, settings: Readonly<Record<string, string>> = {}): Promise<EmbeddedPostgres> {
    const place = await openFolder(resolve(folder));
    const user = await chooseServerUser(join(place, 'cluster'));
    const cluster = await locateCluster(place, user, SHELTER);
    const lock = FolderLock.take(join(dirname(cluster), 'server.lock'), place);
    try {
      const binaries = await findBinaries(user, SHELTER);
      const leftover = await stopLeftover(cluster);
      if (leftover !== undefined) {
        new Logger(EmbeddedPostgres.name).warn(`A killed process had left its server running (process ${leftover}): stopped it`);
      }
      const password = await ensureCluster(place, { cluster, user, binaries });
      const site = { cluster, user, binaries, password, settings: { ...SETTINGS, ...settings } };
      const server = await launch(site);
      await ensureDatabase(server, password);
      return new EmbeddedPostgres(site, lock, server);
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  /** Connects as the owner of the cluster; the same for as long as this object lives. */
  get url(): string {
    return urlOf(this.server.port, this.site.password, DATABASE);
  }

  get pid(): number {
    return this.server.pid;
  }

  /** Waits until the server is gone: sessions are ended, transactions in flight rolled back, everything committed is on disk. */
  async stop(): Promise<void> {
    this.stopping = true;
    await this.reviving;
    try {
      // A process id is only ours until the process was reaped.
      if (hasEnded(this.server.process)) return;
      const signal = await stopPostmaster(this.pid);
      if (signal !== 'SIGINT') {
        this.logger.warn(`PostgreSQL took too long to stop and needed ${signal}; it recovers at the next start`);
      }
    } finally {
      this.lock.release();
    }
  }

  /**
   * From now on starts the server again, on the same port, when it ends without having been asked to: pools connect anew by
   * themselves, so what killed it (a lack of memory, say) need not end us too.
   */
  keepRunning(): void {
    const { process: server } = this.server;
    const onEnd = (): void => {
      if (this.stopping) return;
      this.logger.error(`PostgreSQL ended by itself (${server.signalCode ?? `code ${server.exitCode}`}): starting it again`);
      this.reviving = this.revive();
    };
    // Killed as soon as it had begun, it tells nobody any more.
    if (hasEnded(server)) onEnd();
    else server.once('exit', onEnd);
  }

  private async revive(): Promise<void> {
    for (let pause = 100; !this.stopping; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
      try {
        await stopLeftover(this.site.cluster);
        this.server = await launch(this.site, this.server.port);
        this.keepRunning();
        return;
      } catch (error) {
        this.logger.error(`PostgreSQL does not come back: ${(error as Error).message}`);
      }
      await new Promise((wait) => setTimeout(wait, pause));
    }
  }
}

async function openFolder(folder: string): Promise<string> {
  try {
    await mkdir(folder, { recursive: true });
    // The account of the server passes through it, and sees nothing but its own cluster.
    await chmod(folder, 0o711);
    return folder;
  } catch (error) {
    throw new EmbeddedServerError(
      `The folder ${folder} cannot be written to: ${(error as Error).message}`,
      'Start as the account that owns it (who started as root once has to do so again), or give another DATA_DIR.',
    );
  }
}

async function ensureDatabase(server: RunningServer, password: string): Promise<void> {
  const client = new pg.Client({ connectionString: urlOf(server.port, password, 'postgres') });
  try {
    await client.connect();
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [DATABASE]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE}`);
  } catch (error) {
    if (!hasEnded(server.process)) await stopPostmaster(server.pid);
    throw error;
  } finally {
    await client.end();
  }
}
