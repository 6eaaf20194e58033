import { LabError } from '../errors/lab-error.js';
import type { YamlProblem } from './yaml-file.js';

const ALLOWED = 'It may hold default_model and default_training: {dataset, targets: {regression, classification}}.';

/** The defaults of the workspace cannot be read: every mistake with its line. */
export class InvalidLabFileError extends LabError {
  readonly code = 'LAB_FILE_INVALID';
  readonly status = 500;

  constructor(file: string, problems: readonly YamlProblem[]) {
    super(`${problems.map(({ line, message }) => `${file}:${line}: ${message}`).join('\n')}\n${ALLOWED}`);
  }
}
