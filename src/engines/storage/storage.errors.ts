import { LabError } from '../../errors/lab-error.js';

export class FileNotFoundError extends LabError {
  readonly code = 'FILE_NOT_FOUND';
  readonly status = 404;

  constructor(readonly path: string) {
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

export class StorageAwayError extends LabError {
  readonly code = 'STORAGE_AWAY';
  readonly status = 503;
  override readonly retryable = true;

  constructor(where: string, reason: string) {
    super(`${where} does not answer: ${reason}. Is S3_ENDPOINT right, and the service running?`);
  }
}

/** It answers, and says no. */
export class StorageRefusedError extends LabError {
  readonly code = 'STORAGE_REFUSED';
  readonly status = 502;

  constructor(where: string, what: string, reason: string) {
    super(`${where} refused to ${what}: ${reason}. Look at its permissions, and at AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.`);
  }
}

export class BucketMissingError extends LabError {
  readonly code = 'BUCKET_MISSING';
  readonly status = 500;

  constructor(where: string, reason: string) {
    super(`${where} is not there, and it cannot be made: ${reason}. Make the bucket, or name another one.`);
  }
}

/** Two writers could then both believe that they wrote the same version of a table. */
export class UnsafeStorageError extends LabError {
  readonly code = 'STORAGE_UNSAFE';
  readonly status = 500;

  constructor(where: string) {
    super(
      `${where} ignores If-None-Match: it lets a second writer take the place of the first, so that tables on it would lose rows. Take a service with conditional writes (AWS S3, MinIO, Ceph from version 20), or leave its URL out and use the disk.`,
    );
  }
}
