import { CallGate } from './duckdb/call-gate.js';
import { QueryProcess } from './sandbox/query-process.js';
import { SandboxedQuery, type SandboxLimits } from './sandbox/sandboxed-query.js';
import { SqlEngineClosedError, TooManyQueriesError } from './sql.errors.js';
import type { Query } from './sql.port.js';

export type { Selection } from './sandbox/sandbox-messages.js';
export type { SandboxedQuery } from './sandbox/sandboxed-query.js';

export interface SandboxSettings extends SandboxLimits {
  /** Queries that run at the same time; each has the limits for itself. */
  readonly concurrency: number;
}

/** Queries that wait for each that may run. */
const WAITING_FOR_EACH = 10;
/** How long a process waits for the next query. */
const SPARE_MS = 60_000;

/**
 * Runs SELECTs of people whom nobody has to trust. Each has a process of its own with an engine that can open the files of its
 * tables and nothing else: what takes too much memory, or cannot be stopped, is ended with it and hurts nobody.
 */
export class SqlSandboxService {
  private readonly places: CallGate;
  /** Until each has given everything back. */
  private readonly queries = new Set<Promise<void>>();
  private readonly ending = new AbortController();
  private spare: QueryProcess | undefined;
  private spareTimer: NodeJS.Timeout | undefined;

  constructor(private readonly settings: SandboxSettings) {
    this.places = new CallGate(settings.concurrency);
  }

  /** Queries that run or wait now. */
  get present(): number {
    return this.queries.size;
  }

  /**
   * Waits for a place and keeps it until the query is closed, which whoever opened it has to do.
   * @param signal ends the query whenever it aborts; what it gives then throws its reason
   * @throws {TooManyQueriesError} {@link SqlError} {@link SqlForbiddenError} {@link SqlTooLargeError}
   */
  async open(query: Query, signal: AbortSignal): Promise<SandboxedQuery> {
    this.ending.signal.throwIfAborted();
    if (this.present >= this.settings.concurrency * (1 + WAITING_FOR_EACH)) throw new TooManyQueriesError(this.present);
    const untilEnd = AbortSignal.any([signal, this.ending.signal]);
    const { promise, resolve, reject } = Promise.withResolvers<SandboxedQuery>();
    const run = this.places
      .run(untilEnd, () => this.untilClosed(query, untilEnd, resolve))
      .catch(reject)
      .finally(() => this.queries.delete(run));
    this.queries.add(run);
    return promise;
  }

  async close(): Promise<void> {
    this.ending.abort(new SqlEngineClosedError());
    await Promise.all([this.dismissSpare(), ...this.queries]);
  }

  private async untilClosed(query: Query, signal: AbortSignal, give: (opened: SandboxedQuery) => void): Promise<void> {
    const opened = await SandboxedQuery.open(() => this.takeProcess(), query, this.settings, signal);
    give(opened);
    await opened.closed;
  }

  /** A process takes longer to start than most queries take: the next one's is started with this one's. */
  private takeProcess(): QueryProcess {
    const taken = this.spare ?? QueryProcess.start();
    this.spare = undefined;
    clearTimeout(this.spareTimer);
    this.keepSpare();
    this.spareTimer = setTimeout(() => void this.dismissSpare(), SPARE_MS).unref();
    return taken;
  }

  /**
   * The system takes a spare first when it wants memory: nobody's query is given one that is dead.
   * @param again another one is started in its place; not for ever, as that one may go the same way
   */
  private keepSpare(again = true): void {
    if (this.ending.signal.aborted) return;
    const spare = startedOrNone();
    this.spare = spare;
    void spare?.ended.then(() => {
      if (this.spare !== spare) return;
      this.spare = undefined;
      if (again) this.keepSpare(false);
    });
  }

  private async dismissSpare(): Promise<void> {
    clearTimeout(this.spareTimer);
    const { spare } = this;
    this.spare = undefined;
    await spare?.kill(new SqlEngineClosedError());
  }
}

/** Without a spare a query starts its own process, and says what is wrong when it cannot. */
function startedOrNone(): QueryProcess | undefined {
  try {
    return QueryProcess.start();
  } catch {
    return undefined;
  }
}
