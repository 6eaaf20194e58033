import { LabError } from '../errors/lab-error.js';
import type { Problem } from '../estimators/estimator.types.js';

/** The columns of a request are not those of the model. */
export class FeatureMismatchError extends LabError {
  readonly code = 'FEATURE_MISMATCH';
  readonly status = 422;

  /** @param expected names of the model's features, in order */
  constructor(what: string, expected: readonly string[]) {
    super(`${what}. The model takes ${expected.map((name) => `"${name}"`).join(', ')}.`);
  }
}

export class TooManyRowsError extends LabError {
  readonly code = 'TOO_MANY_ROWS';
  readonly status = 413;

  constructor(rows: number, limit: number) {
    super(`The request has ${rows} rows, and one request may have ${limit}. Send them in several requests.`);
  }
}

/** As many requests are being answered as may be at once. */
export class PredictionsBusyError extends LabError {
  readonly code = 'PREDICTIONS_BUSY';
  readonly status = 429;
  override readonly retryable = true;
  override readonly headers = { 'Retry-After': '1' };

  constructor(limit: number) {
    super(`${limit} predictions are being made already, as many as may be at once. Try again in a second.`);
  }
}

export class PredictionNotFoundError extends LabError {
  readonly code = 'PREDICTION_NOT_FOUND';
  readonly status = 404;

  constructor(id: string) {
    super(`There is no kept prediction "${id.slice(0, 40)}". It may have been deleted when its time was over: predict again.`);
  }
}

export class PredictionTooLargeError extends LabError {
  readonly code = 'PREDICTION_TOO_LARGE';
  readonly status = 413;

  constructor(bytes: number, limit: number) {
    super(`The answer has ${bytes} bytes, and ${limit} may be kept. Send fewer rows, or use /predict, which keeps nothing.`);
  }
}

export class NoDefaultModelError extends LabError {
  readonly code = 'NO_DEFAULT_MODEL';
  readonly status = 422;

  constructor() {
    super('The request names no model, and there is no default. Give model_name, or set default_model in lab.yaml.');
  }
}

export class ModelTypeMismatchError extends LabError {
  readonly code = 'MODEL_TYPE_MISMATCH';
  readonly status = 422;

  constructor(model: string, asked: Problem) {
    super(`The model "${model}" is no ${asked}. Leave model_type out, or name another model.`);
  }
}
