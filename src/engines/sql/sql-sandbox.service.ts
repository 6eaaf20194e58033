import { CallGate } from './duckdb/call-gate.js';
import type { SandboxLimits } from './sandbox/cell.js';
import { SandboxedQuery } from './sandbox/sandboxed-query.js';
import { SqlEngineClosedError, TooManyQueriesError } from './sql.errors.js';
import type { Query } from './sql.port.js';

export type { SandboxedQuery, Selection } from './sandbox/sandboxed-query.js';

export interface SandboxSettings extends SandboxLimits {
  /** Queries that run at the same time; each has the limits for itself. */
  readonly concurrency: number;
}

/** Queries that wait for each that may run. */
const WAITING_FOR_EACH = 10;

/**
 * Runs SELECTs of people whom nobody has to trust. Each has an engine of its own, with memory and disk of its own, that can
 * open the files of its tables and nothing else.
 */
export class SqlSandboxService {
  private readonly places: CallGate;
  private readonly queries = new Set<SandboxedQuery>();
  private asked = 0;
  private closed = false;

  constructor(private readonly settings: SandboxSettings) {
    this.places = new CallGate(settings.concurrency);
  }

  /** Queries that run or wait now. */
  get present(): number {
    return this.asked;
  }

  /**
   * Waits for a place and keeps it until the query is closed, which whoever opened it has to do.
   * @param signal ends the query whenever it aborts; what it gives then throws its reason
   * @throws {TooManyQueriesError} {@link SqlError} {@link SqlForbiddenError} {@link SqlTooLargeError}
   */
  async open(query: Query, signal: AbortSignal): Promise<SandboxedQuery> {
    if (this.closed) throw new SqlEngineClosedError();
    if (this.asked >= this.settings.concurrency * (1 + WAITING_FOR_EACH)) throw new TooManyQueriesError(this.asked);
    this.asked++;
    const { promise, resolve, reject } = Promise.withResolvers<SandboxedQuery>();
    const giveUp = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', giveUp, { once: true });
    this.places
      .run(signal, () => this.untilClosed(query, signal, resolve))
      .catch(reject)
      .finally(() => {
        signal.removeEventListener('abort', giveUp);
        this.asked--;
      });
    return promise;
  }

  async close(): Promise<void> {
    this.closed = true;
    await Promise.all([...this.queries].map((query) => query.close()));
  }

  private async untilClosed(query: Query, signal: AbortSignal, give: (opened: SandboxedQuery) => void): Promise<void> {
    const opened = await SandboxedQuery.open(query, this.settings, signal);
    const close = (): void => void opened.close();
    this.queries.add(opened);
    signal.addEventListener('abort', close, { once: true });
    give(opened);
    await (signal.aborted ? opened.close() : opened.closed);
    signal.removeEventListener('abort', close);
    this.queries.delete(opened);
  }
}
