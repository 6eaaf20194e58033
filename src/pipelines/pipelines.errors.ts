import { LabError } from '../errors/lab-error.js';
import type { RunStatus } from './run.types.js';

export class PipelineNotFoundError extends LabError {
  readonly code = 'PIPELINE_NOT_FOUND';
  readonly status = 404;

  constructor(name: string) {
    super(`There is no pipeline "${name}". List them with GET /api/v1/pipelines.`);
  }
}

export class RunNotFoundError extends LabError {
  readonly code = 'RUN_NOT_FOUND';
  readonly status = 404;

  constructor(id: string) {
    super(`There is no run "${id}". List those of a pipeline with GET /api/v1/pipelines/{name}/runs.`);
  }
}

export class ParametersDoNotFitError extends LabError {
  readonly code = 'PARAMETERS_DO_NOT_FIT';
  readonly status = 422;

  constructor(task: string, option: string, problem: string) {
    super(`The task "${task}" does not take these parameters: ${option}: ${problem}`);
  }
}

export class RunFinishedError extends LabError {
  readonly code = 'RUN_FINISHED';
  readonly status = 409;

  constructor(id: string, status: RunStatus) {
    super(`The run ${id} is ${status} already: there is nothing to cancel.`);
  }
}

export class RunNotRetryableError extends LabError {
  readonly code = 'RUN_NOT_RETRYABLE';
  readonly status = 409;

  constructor(id: string, status: RunStatus) {
    super(
      `The run ${id} is ${status}: only a failed or cancelled run can be retried. POST /api/v1/pipelines/{name}/runs starts a new one.`,
    );
  }
}

export class JobNotFoundError extends LabError {
  readonly code = 'JOB_NOT_FOUND';
  readonly status = 404;

  constructor(id: string) {
    super(`There is no job "${id}". List them with GET /api/v1/jobs.`);
  }
}

export class JobFinishedError extends LabError {
  readonly code = 'JOB_FINISHED';
  readonly status = 409;

  constructor(id: string, status: RunStatus) {
    super(`The job ${id} is ${status} already: there is nothing to cancel.`);
  }
}

const COME_BACK = { 'Retry-After': '10' };

export class JobQueueFullError extends LabError {
  readonly code = 'JOB_QUEUE_FULL';
  readonly status = 429;
  override readonly retryable = true;
  override readonly headers = COME_BACK;

  constructor(kind: string, open: number) {
    super(`${open} jobs of the kind "${kind}" wait or are under way. Try again when some are done, or cancel them.`);
  }
}

/** A room starts a job that no room declares. */
export class UnknownTaskError extends LabError {
  readonly code = 'UNKNOWN_TASK';
  readonly status = 500;

  constructor(name: string) {
    super(`No task "${name}" is declared, so no job of this kind can be started.`);
  }
}

export class PipelineQueueFullError extends LabError {
  readonly code = 'PIPELINE_QUEUE_FULL';
  readonly status = 429;
  override readonly retryable = true;
  override readonly headers = COME_BACK;

  constructor(name: string, waiting: number) {
    super(`${waiting} runs of "${name}" wait already. Try again when some are done, or cancel them.`);
  }
}

/** Start-up failure: every problem of every file in `workspace/pipelines`, each with its file and line. */
export class InvalidPipelinesError extends LabError {
  readonly code = 'INVALID_PIPELINES';
  readonly status = 500;

  constructor(problems: readonly string[]) {
    super(`The pipelines of the workspace do not allow a start:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
  }
}

/** Start-up failure: two methods declare the same task. */
export class DuplicateTaskError extends LabError {
  readonly code = 'DUPLICATE_TASK';
  readonly status = 500;

  constructor(name: string, first: string, second: string) {
    super(`The task "${name}" is declared by ${first} and by ${second}. Give one of them another name.`);
  }
}
