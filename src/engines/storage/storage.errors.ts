import { LabError } from '../../errors/lab-error.js';

export class FileNotFoundError extends LabError {
  readonly code = 'FILE_NOT_FOUND';
  readonly status = 404;

  constructor(path: string) {
    super(`There is no file "${path}" in the storage.`);
  }
}

export class PathOutsideStorageError extends LabError {
  readonly code = 'PATH_OUTSIDE_STORAGE';
  readonly status = 400;

  constructor(path: string) {
    super(
      `The path "${path}" leaves the storage. Use a relative path of plain names with "/" between them, without ".." and links.`,
    );
  }
}
