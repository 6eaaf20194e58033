export interface TaskLog {
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

/** What a task is told about the attempt that it makes. */
export interface TaskRun {
  readonly runId: string;
  /** The name of the step in its pipeline. */
  readonly task: string;
  /** From 1; it goes on counting when the run is resumed or retried. */
  readonly attempt: number;
  /** Aborted on cancel, timeout and shutdown: stop soon and throw. Whatever is returned after it does not count as done. */
  readonly signal: AbortSignal;
  /** Each line goes to the process log and is kept with the run. */
  readonly log: TaskLog;
  /** @param share done of the whole, 0 to 1 */
  progress(share: number, message?: string): void;
}

/**
 * Does the work of one step. It may be run again after a crash, so what it did before must be recognised and not doubled.
 * @returns JSON that is kept with the run: `rows` in it is shown, `skipped: true` says that there was nothing to do
 */
export type TaskMethod<Options> = (options: Options, run: TaskRun) => Promise<object | void>;
