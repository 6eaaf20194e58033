import type { LogLevel } from '../history/run-log.entity.js';
import type { TaskLog, TaskRun } from '../task-run.types.js';
import type { RunJournal } from './run-journal.js';
import type { RunLease } from './run-lease.js';
import type { TaskState } from './task-state.js';

/** Lines kept of one attempt; what it writes beyond is in the process log. */
const MAX_LINES = 1_000;
const PROGRESS_LOG_MS = 5_000;

/** The `TaskRun` of one attempt, on the side of those who make it. */
export class AttemptRun implements TaskRun {
  readonly task: string;
  readonly attempt: number;
  readonly log: TaskLog = {
    info: (message, fields) => this.write('info', message, fields),
    warn: (message, fields) => this.write('warn', message, fields),
    error: (message, fields) => this.write('error', message, fields),
  };
  private lines = 0;
  private toldAt = Date.now();
  private closed = false;

  constructor(
    readonly runId: string,
    readonly signal: AbortSignal,
    private readonly state: TaskState,
    private readonly lease: RunLease,
    private readonly journal: RunJournal,
  ) {
    this.task = state.name;
    this.attempt = state.attempts;
  }

  progress(share: number, message?: string): void {
    if (this.closed) return;
    this.state.progress = Math.min(1, Math.max(0, Number(share) || 0));
    if (message !== undefined) this.state.message = message;
    this.lease.record(this.state);
    if (Date.now() - this.toldAt < PROGRESS_LOG_MS) return;
    this.toldAt = Date.now();
    const percent = `${Math.floor(this.state.progress * 100)}%`;
    this.journal.tell('info', message === undefined ? percent : `${percent}, ${message}`, this.task);
  }

  /** The attempt is over: what a task that did not stop still says is not kept. */
  close(): void {
    this.closed = true;
  }

  private write(level: LogLevel, message: string, fields?: Readonly<Record<string, unknown>>): void {
    this.lines++;
    if (this.closed || this.lines > MAX_LINES) return this.journal.tell(level, message, this.task);
    this.journal.write(level, message, this, fields);
    if (this.lines === MAX_LINES) {
      this.journal.write('warn', 'Further lines of this attempt are only in the log of the process.', this);
    }
  }
}
