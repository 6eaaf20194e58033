import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { DeclaredTasks } from '../definition/declared-tasks.js';
import type { PlannedTask } from '../definition/pipeline.schema.js';
import type { LogLevel } from '../history/run-log.entity.js';
import { AttemptRun } from './attempt-run.js';
import type { ExecutionSettings } from './execution-settings.js';
import type { Interruption } from './interruption.js';
import type { RunJournal } from './run-journal.js';
import type { RunLease } from './run-lease.js';
import { countTask } from './run-metrics.js';
import type { Slots } from './slots.js';
import { type AttemptOutcome, attemptWork } from './task-attempt.js';
import { readResult, type TaskResult } from './task-result.js';
import { isDone, isOver, type TaskState } from './task-state.js';

/** What the tasks of one run share. */
export interface RunContext {
  readonly runId: string;
  readonly lease: RunLease;
  readonly journal: RunJournal;
  readonly slots: Slots;
  readonly declared: DeclaredTasks;
  readonly settings: ExecutionSettings;
}

/** A task during which the process died this often is not tried again: it may be what kills the process. */
const MAX_INTERRUPTIONS = 10;

/** Carries out one task of one run, from where it stands to its end. */
export class TaskExecution {
  /** Resolves when work that did not stop at its signal ends after all. */
  lingering: Promise<unknown> | undefined;

  constructor(
    private readonly task: PlannedTask,
    readonly state: TaskState,
    private readonly context: RunContext,
  ) {}

  /** What was running when the former owner died is made again. */
  takeUp(): void {
    if (this.state.status !== 'running') return;
    this.state.interruptions++;
    if (this.state.interruptions >= MAX_INTERRUPTIONS) {
      this.end('failed', `The process died ${MAX_INTERRUPTIONS} times while this task ran.`);
    } else this.update({ status: 'queued' });
  }

  /**
   * @param needs whether each task that this one needs is done, in the order of its `needs`
   * @returns whether this one is done, so that what needs it may go on. Never rejects.
   */
  async perform(needs: readonly boolean[]): Promise<boolean> {
    if (isOver(this.state)) return isDone(this.state);
    if (this.context.lease.signal.aborted) return this.giveUp();
    const unmet = this.task.needs.filter((_, index) => !needs[index]);
    if (unmet.length > 0) {
      return this.end('skipped', `Not run, because ${unmet.map((need) => `"${need}"`).join(' and ')} did not succeed.`);
    }
    try {
      return await this.makeAttempts();
    } catch (error) {
      // A write was refused because the run belongs to somebody else: nothing more is to be written.
      if (this.context.lease.lost) return false;
      return this.end('failed', messageOf(error));
    }
  }

  private async makeAttempts(): Promise<boolean> {
    const { slots, lease } = this.context;
    for (;;) {
      const outcome = await slots.hold(() => this.makeAttempt());
      if (outcome.kind === 'interrupted') return this.giveUp();
      if (outcome.kind === 'succeeded') return this.succeed(outcome.result);
      if (outcome.kind === 'deaf') return this.leave(outcome.settled, outcome.error.message);
      this.state.failures++;
      const message = messageOf(outcome.error);
      if (this.state.failures > this.task.retries) return this.end('failed', message);
      this.tell(
        'warn',
        `attempt ${this.state.attempts} failed, the next is made in ${this.task.retry_delay_seconds} s: ${message}`,
      );
      this.update({ status: 'queued', error: message, progress: null, message: null });
      await sleep(this.task.retry_delay_seconds * 1000, undefined, { signal: lease.signal }).catch(() => undefined);
    }
  }

  private async makeAttempt(): Promise<AttemptOutcome<TaskResult>> {
    const { runId, lease, journal, settings } = this.context;
    if (lease.signal.aborted) return { kind: 'interrupted' };
    this.state.attempts++;
    this.update({ status: 'running', error: null, progress: null, message: null, started_at: new Date(), finished_at: null });
    // Durable before the work begins: whoever takes the run up must know that it had begun.
    await lease.flush();
    let run: AttemptRun | undefined;
    const limits = { signal: lease.signal, timeoutMinutes: this.task.timeout_minutes, stopMs: settings.stopMs };
    const outcome = await attemptWork(
      (signal) => this.work((run = new AttemptRun(runId, signal, this.state, lease, journal))),
      limits,
    );
    run?.close();
    return outcome;
  }

  private async work(run: AttemptRun): Promise<TaskResult> {
    const task = this.context.declared.find(this.task.uses);
    if (!task) throw new Error(`There is no task "${this.task.uses}" any more. Start it anew as it is declared now.`);
    const { data: options, error } = await task.options.safeParseAsync(this.task.with);
    if (error) throw new Error(`"${this.task.uses}" does not take these options any more: ${z.prettifyError(error)}`);
    return readResult((await task.run(options, run)) ?? undefined);
  }

  private succeed({ result, rows, skipped }: TaskResult): boolean {
    Object.assign(this.state, { result, rows, progress: 1 } satisfies Partial<TaskState>);
    return this.end(skipped ? 'skipped' : 'succeeded', null);
  }

  /** The work goes on although it was told to stop: nothing waits for it any longer. */
  private leave(settled: Promise<unknown>, message: string): boolean {
    this.lingering = settled;
    return this.context.lease.signal.aborted ? this.giveUp(message) : this.end('failed', message);
  }

  private giveUp(message: string | null = null): boolean {
    const { kind } = this.context.lease.signal.reason as Interruption;
    if (kind === 'cancelled') return this.end('cancelled', message);
    // Put back for the next owner. After a lost lease this is written no more.
    this.update({ status: 'queued', progress: null, message: null });
    return false;
  }

  private end(status: TaskState['status'], error: string | null): boolean {
    this.update({ status, error, finished_at: new Date() });
    countTask(this.task.uses, status);
    const seconds = this.state.started_at && ` in ${((Date.now() - this.state.started_at.getTime()) / 1000).toFixed(1)} s`;
    const rows = this.state.rows === null ? '' : `, ${this.state.rows.toLocaleString('en')} rows`;
    if (status === 'failed') this.tell('error', `failed${seconds ?? ''}: ${error}`);
    else this.tell('info', error === null ? `${status}${seconds ?? ''}${rows}` : `${status}: ${error}`);
    return isDone(this.state);
  }

  private update(change: Partial<TaskState>): void {
    Object.assign(this.state, change);
    this.context.lease.record(this.state);
  }

  private tell(level: LogLevel, message: string): void {
    this.context.journal.write(level, message, { task: this.task.name, attempt: this.state.attempts });
  }
}

const MAX_MESSAGE = 10_000;

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error)).slice(0, MAX_MESSAGE);
