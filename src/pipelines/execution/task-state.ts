import type { LogLevel } from '../history/run-log.entity.js';
import type { RunStatus } from '../run.types.js';

/** Where a task of a run stands; the columns of `task_runs` that its owner writes. */
export interface TaskState {
  readonly name: string;
  status: RunStatus;
  attempts: number;
  failures: number;
  interruptions: number;
  progress: number | null;
  message: string | null;
  rows: number | null;
  error: string | null;
  result: object | null;
  started_at: Date | null;
  finished_at: Date | null;
}

/** A line of `run_logs`. */
export interface LogLine {
  readonly task: string | null;
  readonly attempt: number | null;
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>> | null;
  readonly at: Date;
}

export const isOver = ({ status }: TaskState): boolean => status !== 'queued' && status !== 'running';

/** A task that found nothing to do counts as done; one that was skipped for a failure before it has that as its error. */
export const isDone = ({ status, error }: Pick<TaskState, 'status' | 'error'>): boolean =>
  status === 'succeeded' || (status === 'skipped' && error === null);
