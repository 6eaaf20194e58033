import { LabError } from '../errors/lab-error.js';

/** The environment does not fit: every wrong variable with what is allowed. */
export class InvalidSettingsError extends LabError {
  readonly code = 'INVALID_SETTINGS';
  readonly status = 500;

  constructor(problems: readonly string[]) {
    super(`The settings do not allow a start:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
  }
}
