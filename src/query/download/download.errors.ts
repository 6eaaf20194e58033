import { LabError } from '../../errors/lab-error.js';

export class InvalidDivisionError extends LabError {
  readonly code = 'INVALID_PARTITION_BY';
  readonly status = 422;
}
