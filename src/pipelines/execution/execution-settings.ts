import type { LabConfig } from '../../config/lab-config.js';

/** Jobs that find room beside trainings. */
const OTHER_JOBS = 3;

/** How runs are held, looked for and stopped. Times in milliseconds. */
export class ExecutionSettings {
  /** How long a run stays with its owner after the last sign of life. */
  readonly leaseMs: number = 10_000;
  /** Between two signs of life; a few of them may fail before the lease is over. */
  readonly heartbeatMs: number = 2_000;
  /** Between two looks for runs that nobody announced: of dead owners, or from before this start. */
  readonly sweepMs: number = 2_000;
  /** A run whose pipeline or task no process seems to know is failed after this. */
  readonly orphanMs: number = 15_000;
  /** How long a task may take to stop after its signal. */
  readonly stopMs: number = 8_000;
  /** Runs of pipelines at the same time in this process. */
  readonly runs: number = 4;
  /** Jobs at the same time in this process: neither pipelines nor jobs make the others wait. */
  readonly jobs: number = OTHER_JOBS + 1;
  /** Tasks at the same time in one run. */
  readonly tasks: number = 4;

  /** There is room for as many trainings as may run at once, and for other jobs beside them. */
  static of({ trainConcurrency }: Pick<LabConfig, 'trainConcurrency'>): ExecutionSettings {
    return new ExecutionSettings({ jobs: OTHER_JOBS + trainConcurrency });
  }

  constructor(overrides: Partial<ExecutionSettings> = {}) {
    Object.assign(this, overrides);
  }
}
