import type { YamlProblem } from '../config/yaml-file.js';
import { LabError } from '../errors/lab-error.js';

export class InvalidSourceFileError extends LabError {
  readonly code = 'SOURCE_FILE_INVALID';
  readonly status = 422;

  constructor(file: string, problems: readonly YamlProblem[]) {
    super(problems.map(({ line, message }) => `${file}:${line}: ${message}`).join('\n'));
  }
}

export class SourceNotFoundError extends LabError {
  readonly code = 'SOURCE_NOT_FOUND';
  readonly status = 404;

  constructor(name: string, known: readonly string[]) {
    super(`There is no source "${name}". The workspace has: ${known.join(', ') || 'none'}.`);
  }
}

/** The declared path leads to no file. */
export class SourceFileMissingError extends LabError {
  readonly code = 'SOURCE_FILE_MISSING';
  readonly status = 422;

  constructor(source: string, path: string) {
    super(
      `The source "${source}" finds no file at "${path}" (relative to the workspace). Put the file there, or mend "path" in its declaration.`,
    );
  }
}

export class UnreadableSourceError extends LabError {
  readonly code = 'SOURCE_UNREADABLE';
  readonly status = 422;

  constructor(source: string, file: string, reason: string) {
    super(`The file "${file}" of the source "${source}" cannot be read: ${reason}`);
  }
}
