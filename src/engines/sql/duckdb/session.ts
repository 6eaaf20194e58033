import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import type { Running } from '../sql.port.js';
import type { CallGate } from './call-gate.js';

const INTERRUPT_AGAIN_MS = 50;
const PROGRESS_EVERY_MS = 250;

/** A connection for one call of the port: waits its turn, stops when the call is cancelled, reports progress. */
export class Session {
  private readonly stop = new AbortController();
  private call: Promise<unknown> = Promise.resolve();
  private closed = false;

  private readonly connection: Promise<DuckDBConnection>;

  /** @throws the reason of a signal that is aborted already */
  constructor(
    instance: DuckDBInstance,
    private readonly gate: CallGate,
    private readonly running: Running,
  ) {
    running.signal?.throwIfAborted();
    running.signal?.addEventListener('abort', this.follow, { once: true });
    this.connection = instance.connect();
  }

  /** Aborted with the reason for which this session has to end. */
  get signal(): AbortSignal {
    return this.stop.signal;
  }

  /** @throws the reason of the cancellation, when there is one, in place of DuckDB's error */
  async run<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    const connection = await this.connection;
    const call = this.gate.run(this.signal, () => this.interruptibly(connection, () => work(connection)));
    this.call = call.catch(() => undefined);
    try {
      return await call;
    } finally {
      this.signal.throwIfAborted();
    }
  }

  /** Like {@link run}, with progress. */
  async runLong<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    const { onProgress } = this.running;
    if (!onProgress) return this.run(work);
    const connection = await this.connection;
    await this.run(() => connection.run('SET enable_progress_bar = true; SET enable_progress_bar_print = false'));
    let reported = 0;
    const timer = setInterval(() => {
      // It is negative as long as nothing is known.
      const share = Math.min(connection.progress.percentage / 100, 1);
      if (share > reported) onProgress((reported = share));
    }, PROGRESS_EVERY_MS);
    try {
      return await this.run(work);
    } finally {
      clearInterval(timer);
    }
  }

  /** Ends what is running. */
  abort(reason: Error): void {
    this.stop.abort(reason);
  }

  /** @param farewell SQL that undoes what this session left in the instance */
  async close(farewell?: string): Promise<void> {
    await this.call;
    if (this.closed) return;
    this.closed = true;
    this.running.signal?.removeEventListener('abort', this.follow);
    const connection = await this.connection;
    try {
      if (farewell) await connection.run(farewell);
    } finally {
      connection.disconnectSync();
    }
  }

  private readonly follow = (): void => this.stop.abort(this.running.signal?.reason);

  /** DuckDB forgets an interrupt that comes before the query has begun: it is said again until the call is over. */
  private async interruptibly<T>(connection: DuckDBConnection, work: () => Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const interrupt = (): void => {
      connection.interrupt();
      timer = setTimeout(interrupt, INTERRUPT_AGAIN_MS);
    };
    this.signal.addEventListener('abort', interrupt, { once: true });
    try {
      return await work();
    } finally {
      this.signal.removeEventListener('abort', interrupt);
      clearTimeout(timer);
    }
  }
}
