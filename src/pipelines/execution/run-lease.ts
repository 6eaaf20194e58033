import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import type { ExecutionSettings } from './execution-settings.js';
import { Interruption } from './interruption.js';
import { storedJson, storedText } from './stored-json.js';
import type { LogLine, TaskState } from './task-state.js';

/** One statement renews the lease, writes what happened and asks for a cancellation: all of it, or nothing when the fence has moved on. */
const WRITE = `
  WITH lease AS (
    UPDATE lab.pipeline_runs SET lease_until = now() + $3::int * interval '1 millisecond'
    WHERE id = $1 AND fence = $2 AND status = 'running'
    RETURNING id, cancel_requested_at IS NOT NULL AS cancelled
  ), tasks AS (
    UPDATE lab.task_runs task
    SET status = s.status, attempts = s.attempts, failures = s.failures, interruptions = s.interruptions, progress = s.progress,
        message = s.message, rows = s.rows, error = s.error, result = s.result, started_at = s.started_at, finished_at = s.finished_at
    FROM lease, jsonb_to_recordset($4::jsonb) AS s(
      name text, status text, attempts int, failures int, interruptions int, progress real,
      message text, rows bigint, error text, result jsonb, started_at timestamptz, finished_at timestamptz)
    WHERE task.run_id = lease.id AND task.name = s.name
  ), lines AS (
    INSERT INTO lab.run_logs (run_id, task, attempt, level, message, fields, at)
    SELECT lease.id, l.task, l.attempt, l.level, l.message, l.fields, l.at
    FROM lease, jsonb_to_recordset($5::jsonb) AS l(task text, attempt int, level text, message text, fields jsonb, at timestamptz)
  )
  SELECT cancelled FROM lease`;

const END = `
  WITH ended AS (
    UPDATE lab.pipeline_runs
    SET status = $3, error = $4, finished_at = CASE WHEN $3 = 'queued' THEN NULL ELSE now() END, owner = NULL, lease_until = NULL, slot = NULL
    WHERE id = $1 AND fence = $2 AND status = 'running'
    RETURNING id
  )
  SELECT id FROM ended`;

const LOG_DELAY_MS = 200;
const RETRY_MS = 250;
/** Lines held back while the database is away; the oldest are dropped beyond it. */
const MAX_HELD_LINES = 10_000;

/** A run that this process holds: the only way to write its state, and only for as long as nobody else has taken it over. */
export class RunLease {
  private readonly logger = new Logger(RunLease.name);
  private readonly interruption = new AbortController();
  private readonly heartbeat: NodeJS.Timeout;
  private states = new Map<string, TaskState>();
  private lines: LogLine[] = [];
  private writing: Promise<void> = Promise.resolve();
  private next: Promise<void> | undefined;
  private logTimer: NodeJS.Timeout | undefined;
  private missed = 0;
  private closed = false;
  private loss: Interruption | undefined;

  constructor(
    private readonly dataSource: DataSource,
    private readonly run: { readonly id: string; readonly fence: number },
    private readonly settings: ExecutionSettings,
  ) {
    this.heartbeat = setInterval(() => this.beat(), settings.heartbeatMs);
  }

  /** Aborted with an `Interruption` when the work must stop. */
  get signal(): AbortSignal {
    return this.interruption.signal;
  }

  get lost(): boolean {
    return this.loss !== undefined;
  }

  interrupt(reason: Interruption): void {
    this.interruption.abort(reason);
  }

  /** Goes with the next write, which is at most a heartbeat away. */
  record(state: TaskState): void {
    this.states.set(state.name, { ...state });
  }

  log(line: LogLine): void {
    this.lines.push(line);
    if (this.lines.length > MAX_HELD_LINES) this.lines.shift();
    this.logTimer ??= setTimeout(() => this.flushLater(), LOG_DELAY_MS);
  }

  /**
   * Resolves when all that was recorded before is durable; waits for the database when it is away.
   * @throws {Interruption} when the lease is lost
   */
  flush(): Promise<void> {
    return (this.next ??= this.writeNext());
  }

  /** Ends the run, and with it the lease. */
  async finish(status: 'succeeded' | 'failed' | 'cancelled', error: string | null): Promise<void> {
    await this.end(status, error);
  }

  /** Puts the run back into the queue for whoever comes next. */
  async release(): Promise<void> {
    await this.end('queued', null);
  }

  /** No more signs of life: the lease runs out by itself. */
  close(): void {
    this.closed = true;
    clearInterval(this.heartbeat);
    clearTimeout(this.logTimer);
  }

  private async end(status: string, reason: string | null): Promise<void> {
    await this.flush();
    this.close();
    const error = reason === null ? null : storedText(reason);
    const ended: unknown[] = await this.dataSource.query(END, [this.run.id, this.run.fence, status, error]);
    if (ended.length === 0) this.lose('another process has taken the run over');
  }

  /** Whoever asks while a write is under way gets the one after it, together with all others who ask meanwhile. */
  private async writeNext(): Promise<void> {
    await this.writing;
    // What happens within this turn of the event loop goes into the same statement.
    await setImmediate();
    this.next = undefined;
    const written = this.write();
    this.writing = written.catch(() => undefined);
    return written;
  }

  private async write(): Promise<void> {
    const parameters = [this.run.id, this.run.fence, this.settings.leaseMs, ...this.takePending()];
    for (;;) {
      if (this.loss) throw this.loss;
      try {
        const [lease]: { cancelled: boolean }[] = await this.dataSource.query(WRITE, parameters);
        if (lease) return this.renewed(lease);
        this.lose('another process has taken the run over');
      } catch (error) {
        if (this.closed) throw error;
        this.logger.warn(`The state of run ${this.run.id} could not be written, trying again: ${String(error)}`);
        await sleep(RETRY_MS);
      }
    }
  }

  private renewed({ cancelled }: { cancelled: boolean }): void {
    this.missed = 0;
    if (cancelled) this.interrupt(new Interruption('cancelled', 'The run was cancelled.'));
  }

  private takePending(): [states: string, lines: string] {
    const pending: [string, string] = [storedJson([...this.states.values()]), storedJson(this.lines)];
    this.states = new Map();
    this.lines = [];
    clearTimeout(this.logTimer);
    this.logTimer = undefined;
    return pending;
  }

  private beat(): void {
    // Counts beats and not time: after a pause of the whole process, the row is asked once before the run is given up.
    if (++this.missed >= this.settings.leaseMs / this.settings.heartbeatMs) {
      this.lose('the database did not answer for as long as the lease lasts');
    } else this.flushLater();
  }

  private flushLater(): void {
    this.flush().catch(() => undefined);
  }

  private lose(why: string): void {
    if (this.loss) return;
    this.loss = new Interruption('lost', `The run was given up: ${why}.`);
    this.close();
    this.logger.warn(`The run ${this.run.id} is given up: ${why}.`);
    this.interrupt(this.loss);
  }
}
