import type { YamlProblem } from '../config/yaml-file.js';
import { LabError } from '../errors/lab-error.js';
import type { ColumnChange } from './etl.types.js';

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
    super(`There is no source "${name}". The workspace had when the process started: ${known.join(', ') || 'none'}.`);
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

/** The file as a whole is no table: nothing of it is loaded. */
export class UnreadableSourceError extends LabError {
  readonly code = 'SOURCE_UNREADABLE';
  readonly status = 422;

  constructor(source: string, file: string, reason: string) {
    super(`The file "${file}" of the source "${source}" cannot be read: ${reason}`);
  }
}

/** Like {@link UnreadableSourceError}, from where the names of source and file are not known. */
export class UnreadableTextError extends LabError {
  readonly code = 'SOURCE_UNREADABLE';
  readonly status = 422;
}

interface Reject {
  readonly line: number;
  readonly reason: string;
}

/** More rows do not parse than the source allows. Nothing was written. */
export class TooManyRejectedError extends LabError {
  readonly code = 'SOURCE_ROWS_REJECTED';
  readonly status = 422;

  constructor(most: number, examples: readonly Reject[]) {
    super(
      `More than ${most} row(s) do not parse, which is as many as the source allows ("on_reject", "max_rejected"): ${listed(examples)}.`,
    );
  }
}

/** A file has other columns than its table, where the source does not allow that. Nothing was written. */
export class SchemaDriftError extends LabError {
  readonly code = 'SCHEMA_DRIFT';
  readonly status = 422;

  constructor(
    table: string,
    file: string,
    readonly changes: readonly ColumnChange[],
  ) {
    const words = changes.map(({ change, column }) => `"${column}" is ${change === 'added' ? 'new' : 'missing'}`);
    super(`The file "${file}" has other columns than ${table}, and the source says "on_drift: fail": ${words.join(', ')}.`);
  }
}

export class NothingParsesError extends LabError {
  readonly code = 'SOURCE_NOT_PARSED';
  readonly status = 422;

  constructor(source: string, file: string, format: string, examples: readonly Reject[]) {
    super(
      `No row of the file "${file}" parses as the ${format} that the source "${source}" declares: ${listed(examples)}. ${format === 'csv' ? 'Check its delimiter, quote, encoding and types.' : 'Check its shape, encoding and types.'}`,
    );
  }
}

export class ExpandsTooFarError extends LabError {
  readonly code = 'SOURCE_EXPANDS_TOO_FAR';
  readonly status = 413;

  constructor(bytes: number) {
    super(
      `The compressed file holds more than ${Math.round(bytes / 1024 / 1024).toLocaleString('en')} MB, out of proportion to its size. Send it expanded.`,
    );
  }
}

/** A load was asked for a landed file that is not there. */
export class LandedFileMissingError extends LabError {
  readonly code = 'LANDED_FILE_MISSING';
  readonly status = 422;

  constructor(source: string, path: string) {
    super(`There is no landed file "${path}" of the source "${source}". Send the file again.`);
  }
}

/** A name that cannot be kept as the name of a file. */
export class InvalidFileNameError extends LabError {
  readonly code = 'FILE_NAME_INVALID';
  readonly status = 400;

  constructor(name: string) {
    super(
      `The file name ${JSON.stringify(name.slice(0, 100))} cannot be kept. Use letters, digits, spaces and "._-()", beginning with a letter or digit, at most 200 characters.`,
    );
  }
}

export class UploadTooLargeError extends LabError {
  readonly code = 'UPLOAD_TOO_LARGE';
  readonly status = 413;

  constructor(megabytes: number) {
    super(`A file of at most ${megabytes} MB can be sent (UPLOAD_LIMIT_MB). Put a larger one where the source is declared.`);
  }
}

/** The body is neither empty, nor rows, nor a form with one file. */
export class InvalidUploadError extends LabError {
  readonly code = 'UPLOAD_INVALID';
  readonly status = 400;
}

const listed = (examples: readonly Reject[]): string => examples.map(({ line, reason }) => `line ${line}: ${reason}`).join('; ');
