import { LabError } from '../errors/lab-error.js';

export class ColumnNotFoundError extends LabError {
  readonly code = 'COLUMN_NOT_FOUND';
  readonly status = 422;

  constructor(dataset: string, column: string, known: readonly string[]) {
    super(`The dataset "${dataset}" has no column "${column}". It has: ${known.join(', ')}.`);
  }
}

/** A column whose type no estimator can learn from. */
export class UnusableColumnError extends LabError {
  readonly code = 'COLUMN_UNUSABLE';
  readonly status = 422;

  constructor(column: string, type: string, needed: string) {
    super(`The column "${column}" is ${type}; ${needed}.`);
  }
}

export class NoTimeColumnError extends LabError {
  readonly code = 'TIME_COLUMN_MISSING';
  readonly status = 422;

  constructor(dataset: string) {
    super(
      `The dataset "${dataset}" declares no time column, so nothing can be held out by time. Declare "time" in its model's header, or validate at random.`,
    );
  }
}

export class TooFewRowsError extends LabError {
  readonly code = 'TOO_FEW_ROWS';
  readonly status = 422;

  constructor(rows: number) {
    super(`${rows} row(s) with a target are too few to train on and to test on: at least 10 are needed.`);
  }
}
