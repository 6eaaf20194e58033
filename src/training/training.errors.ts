import { LabError } from '../errors/lab-error.js';
import type { Problem } from '../estimators/estimator.types.js';

export class ColumnNotFoundError extends LabError {
  readonly code = 'COLUMN_NOT_FOUND';
  readonly status = 422;

  constructor(dataset: string, column: string, known: readonly string[]) {
    super(`The dataset "${dataset}" has no column "${column}". It has: ${known.join(', ')}.`);
  }
}

/** A column that cannot play the part that it was given. */
export class UnusableColumnError extends LabError {
  readonly code = 'COLUMN_UNUSABLE';
  readonly status = 422;

  constructor(column: string, is: string, needed: string) {
    super(`The column "${column}" is ${is}; ${needed}.`);
  }
}

export class NoTimeColumnError extends LabError {
  readonly code = 'TIME_COLUMN_MISSING';
  readonly status = 422;

  constructor(dataset: string) {
    super(
      `The dataset "${dataset}" declares no time column, so nothing can be held out by time. Name one as "column" of "validation", declare "time" in its model's header, or validate at random.`,
    );
  }
}

/** What is asked for does not go with the kind of problem. */
export class WrongProblemError extends LabError {
  readonly code = 'WRONG_PROBLEM';
  readonly status = 422;

  constructor(what: string, problem: Problem, advice: string) {
    super(`${what}, and this is a ${problem}. ${advice}`);
  }
}

export class TooFewRowsError extends LabError {
  readonly code = 'TOO_FEW_ROWS';
  readonly status = 422;

  /** @param rows that have a target */
  constructor(rows: number, needed: number, why: string) {
    super(`${rows} row(s) with a target are too few ${why}: at least ${needed} are needed.`);
  }
}

/** The hold-out leaves a side on which nothing can be learned, or nothing measured. */
export class UselessHoldOutError extends LabError {
  readonly code = 'HOLD_OUT_USELESS';
  readonly status = 422;
}

export class DatasetTooLargeError extends LabError {
  readonly code = 'DATASET_TOO_LARGE';
  readonly status = 422;

  /** @param fitting how many rows would fit */
  constructor(size: { rows: number; features: number; bytes: number }, limit: number, fitting: number) {
    const advice =
      fitting > 0
        ? `name fewer features or terms, grow fewer trees or larger leaves, or train on a sample: "sample": {"rows": ${fitting}}`
        : 'name fewer features or terms, or grow fewer trees or larger leaves';
    super(
      `Training on ${size.rows} rows of ${size.features} features takes about ${size.bytes} bytes (${inGibibytes(size.bytes)}) of memory, and one training may take ${limit} bytes (${inGibibytes(limit)}): ${advice}. TRAIN_MEMORY_LIMIT is shared by TRAIN_CONCURRENCY trainings.`,
    );
  }
}

const inGibibytes = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(2)} GiB`;

export class NoDefaultTrainingError extends LabError {
  readonly code = 'NO_DEFAULT_TRAINING';
  readonly status = 422;

  constructor() {
    super('The request names no dataset, and there is no default. Give dataset and target, or set default_training in lab.yaml.');
  }
}

export interface Failure {
  readonly code: string;
  readonly status: number;
  readonly message: string;
}

/** What the thread of a training could not do, as it told it. */
export class LearningError extends LabError {
  readonly code: string;
  readonly status: number;

  constructor({ code, status, message }: Failure) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** The thread of a training ended in a way that nobody meant. */
export class LearningThreadError extends LabError {
  readonly code = 'TRAINING_THREAD_FAILED';
  readonly status = 500;
  override readonly retryable = true;
}
