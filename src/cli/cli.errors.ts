import { LabError } from '../errors/lab-error.js';

/** The command line says something that nothing can be made of. */
export class UsageError extends LabError {
  readonly code = 'USAGE';
  readonly status = 400;
}

/** No lab answers, and none could be started. */
export class NoLabError extends LabError {
  readonly code = 'NO_LAB';
  readonly status = 503;
}

/** What a lab answered that is no success. */
export class RefusedError extends LabError {
  readonly code = 'REFUSED';

  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}
