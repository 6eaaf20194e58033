import { LabError } from '../errors/lab-error.js';

export class UnknownEstimatorError extends LabError {
  readonly code = 'UNKNOWN_ESTIMATOR';
  readonly status = 422;

  constructor(name: string, known: readonly string[]) {
    super(`There is no estimator "${name}". Choose one of ${known.join(', ')}.`);
  }
}

export interface ParameterProblem {
  /** The parameter, with the way into it where it has parts: `class_weight.late`. */
  readonly path: string;
  readonly message: string;
}

/** Parameters that an estimator does not take: each with what it may be. */
export class InvalidParametersError extends LabError {
  readonly code = 'INVALID_PARAMETERS';
  readonly status = 422;

  constructor(
    estimator: string,
    override readonly errors: readonly ParameterProblem[],
  ) {
    const sentences = errors.map(({ path, message }) => (path ? `${path}: ${message}` : message));
    super(`The parameters do not fit the estimator ${estimator}. ${sentences.join('; ')}.`);
  }
}

/** A training set from which nothing can be learned, with what is wrong in it. */
export class UntrainableError extends LabError {
  readonly code = 'UNTRAINABLE';
  readonly status = 422;
}

/** Bytes that are no model of ours, or no longer: never served, because nobody knows what they would predict. */
export class CorruptModelError extends LabError {
  readonly code = 'CORRUPT_MODEL';
  readonly status = 422;

  constructor(what: string) {
    super(`The model file cannot be used: ${what}. Restore it from a backup or train the model again.`);
  }
}

/** A cell or a column that does not fit the features of a model. */
export class UnfitInputError extends LabError {
  readonly code = 'UNFIT_INPUT';
  readonly status = 422;
}

/** The threads of a training could not start, or one of them broke. */
export class TrainingThreadError extends LabError {
  readonly code = 'TRAINING_THREAD_FAILED';
  readonly status = 500;
  override readonly retryable = true;
}
