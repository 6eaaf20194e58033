import { setMaxListeners } from 'node:events';
import type { DeclaredTasks } from '../definition/declared-tasks.js';
import type { LogLevel } from '../history/run-log.entity.js';
import type { ExecutionSettings } from './execution-settings.js';
import { Interruption } from './interruption.js';
import { RunJournal } from './run-journal.js';
import type { RunLease } from './run-lease.js';
import { countRun } from './run-metrics.js';
import type { ClaimedRun } from './run-store.js';
import { Slots } from './slots.js';
import { TaskExecution } from './task-execution.js';
import { isOver, type TaskState } from './task-state.js';

/** Carries out one run from where its tasks stand to its end. */
export class RunExecution {
  private readonly tasks: ReadonlyMap<string, TaskExecution>;
  private readonly journal: RunJournal;
  private readonly begunAt = Date.now();

  constructor(
    private readonly run: ClaimedRun,
    private readonly lease: RunLease,
    states: readonly TaskState[],
    declared: DeclaredTasks,
    settings: ExecutionSettings,
  ) {
    this.journal = new RunJournal(run.lane, lease);
    const context = { runId: run.id, lease, journal: this.journal, slots: new Slots(settings.tasks), declared, settings };
    const stateOf = new Map(states.map((state) => [state.name, state]));
    this.tasks = new Map(run.plan.map((task) => [task.name, new TaskExecution(task, stateOf.get(task.name)!, context)]));
    // Each task that works or waits listens to the one signal of the run.
    setMaxListeners(0, lease.signal);
  }

  /** Resolves when the run has ended, was put back, or belongs to somebody else; rejects only when that could not be written. */
  async perform(): Promise<void> {
    if (this.run.cancelled) this.lease.interrupt(new Interruption('cancelled', 'The run was cancelled.'));
    this.begin();
    const outcomes = new Map<string, Promise<boolean>>();
    for (const { name, needs } of this.run.plan) {
      const needed = Promise.all(needs.map((need) => outcomes.get(need)!));
      outcomes.set(
        name,
        needed.then((met) => this.tasks.get(name)!.perform(met)),
      );
    }
    await Promise.all(outcomes.values());
    await this.conclude();
  }

  /** Work that did not stop at its signal; each resolves should it ever end. */
  get lingering(): Promise<unknown>[] {
    return [...this.tasks.values()].flatMap(({ lingering }) => lingering ?? []);
  }

  private begin(): void {
    if (this.run.interrupted) {
      this.tell('warn', 'goes on from where it was when its process died');
      for (const task of this.tasks.values()) task.takeUp();
    } else {
      const isNew = [...this.tasks.values()].every(({ state }) => state.attempts === 0);
      this.tell('info', isNew ? 'begins' : 'goes on');
    }
  }

  private tell(level: LogLevel, what: string): void {
    this.journal.write(level, `the run ${this.run.id} ${what}`);
  }

  private async conclude(): Promise<void> {
    if (this.lease.lost) return;
    const states = [...this.tasks.values()].map(({ state }) => state);
    if (!states.every(isOver)) return this.putBack();
    const failed = states.filter(({ status }) => status === 'failed');
    const cancelled = states.some(({ status }) => status === 'cancelled');
    const status = cancelled ? 'cancelled' : failed.length > 0 ? 'failed' : 'succeeded';
    const error = failed.length > 0 ? failed.map(({ name, error }) => `"${name}" failed: ${error}`).join(' ') : null;
    const seconds = (Date.now() - this.begunAt) / 1000;
    this.tell(
      status === 'failed' ? 'error' : 'info',
      `${status === 'cancelled' ? 'was cancelled' : status} after ${seconds.toFixed(1)} s`,
    );
    await this.lease.finish(status, error);
    countRun(this.run.lane, status, seconds);
  }

  private async putBack(): Promise<void> {
    this.tell('info', 'is put back, because the process stops');
    if (this.lingering.length === 0) return this.lease.release();
    // Whoever takes the run over must not meet what still works here: the lease is left to run out.
    await this.lease.flush();
    this.lease.close();
  }
}
