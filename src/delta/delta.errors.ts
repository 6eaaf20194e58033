import { LabError } from '../errors/lab-error.js';

export class InvalidTableNameError extends LabError {
  readonly code = 'INVALID_TABLE_NAME';
  readonly status = 422;

  constructor(table: string) {
    super(`"${table}" does not name a table. Write layer.table in letters, digits, "_" and "-", such as silver.flights.`);
  }
}

export class TableNotFoundError extends LabError {
  readonly code = 'TABLE_NOT_FOUND';
  readonly status = 404;

  constructor(table: string) {
    super(`There is no table "${table}" in the lake. List what is there with GET /api/v1/datasets.`);
  }
}

export class VersionNotFoundError extends LabError {
  readonly code = 'VERSION_NOT_FOUND';
  readonly status = 404;

  /** @param what such as `version 7`, or a time */
  constructor(table: string, what: string, newest: number) {
    super(
      `Table "${table}" has no ${what}: it was never written, or its log was cleaned. The newest version is ${newest}; ` +
        `GET /api/v1/datasets/${table}/versions lists those that can be read.`,
    );
  }
}

/** The table needs something of the Delta protocol that this implementation does not keep. */
export class UnsupportedFeatureError extends LabError {
  readonly code = 'UNSUPPORTED_TABLE_FEATURE';
  readonly status = 422;

  constructor(table: string, purpose: 'read' | 'write', features: readonly string[]) {
    super(
      `Table "${table}" cannot be ${purpose === 'read' ? 'read' : 'written'} here: it uses ${features.join(', ')}. ` +
        'Drop the feature with the system that wrote the table, or keep using that system for it.',
    );
  }
}

export class UnsupportedTypeError extends LabError {
  readonly code = 'UNSUPPORTED_COLUMN_TYPE';
  readonly status = 422;

  constructor(column: string, type: string) {
    super(`Column "${column}" has the type ${type}, which a table cannot hold. CAST it to one that it can, such as VARCHAR.`);
  }
}

/** The columns do not fit the table, or each other. */
export class SchemaMismatchError extends LabError {
  readonly code = 'SCHEMA_MISMATCH';
  readonly status = 422;

  constructor(
    table: string,
    readonly differences: readonly string[],
  ) {
    super(
      `The columns do not fit table "${table}": ${differences.join('; ')}. ` +
        'Change the SELECT, or overwrite the table to give it other columns.',
    );
  }
}

export class NullNotAllowedError extends LabError {
  readonly code = 'NULL_NOT_ALLOWED';
  readonly status = 422;

  constructor(table: string, column: string, nulls: number) {
    super(`Column "${column}" of table "${table}" is NOT NULL, and ${nulls} rows have no value there. Filter or fill them.`);
  }
}

export class AppendOnlyTableError extends LabError {
  readonly code = 'APPEND_ONLY_TABLE';
  readonly status = 409;

  constructor(table: string) {
    super(`Table "${table}" only takes new rows (delta.appendOnly is true): it cannot be overwritten.`);
  }
}

/** Somebody else's commit came first and changed what this one was built on. Nothing was written. */
export class CommitConflictError extends LabError {
  readonly code = 'COMMIT_CONFLICT';
  readonly status = 409;
  override readonly retryable = true;

  constructor(table: string, what: string) {
    super(`Table "${table}" was changed by another writer meanwhile: ${what}. Nothing was written; run the same write again.`);
  }
}

export class CorruptLogError extends LabError {
  readonly code = 'CORRUPT_TABLE_LOG';
  readonly status = 500;

  constructor(path: string, reason: string) {
    super(`The table's log cannot be read at "${path}": ${reason}. Restore that file from a backup.`);
  }
}
