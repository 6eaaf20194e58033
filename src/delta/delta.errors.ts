import { LabError } from '../errors/lab-error.js';
import type { Transaction } from './delta.types.js';

export class InvalidTableNameError extends LabError {
  readonly code = 'INVALID_TABLE_NAME';
  readonly status = 422;

  constructor(table: string) {
    super(
      `"${table}" does not name a table. Write layer.table in letters, digits, "_" and "-", at most 128 of them, such as silver.flights.`,
    );
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
        `GET /api/v1/datasets/${table}/versions lists what was written.`,
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

export interface BrokenRows {
  readonly count: number;
  /** One of them, by column. */
  readonly sample: Readonly<Record<string, unknown>>;
}

/** Characters that an error shows of a row. */
const SAMPLE_SHOWN = 300;

/** Rows that a table's own rules do not allow. */
export class RowRuleError extends LabError {
  readonly code = 'ROW_RULE_BROKEN';
  readonly status = 422;

  constructor(table: string, rule: { readonly name: string; readonly text: string }, { count, sample }: BrokenRows) {
    super(
      `Table "${table}" does not allow these rows: for ${count} of them its ${rule.name} (${rule.text}) is not true, such as ` +
        `${shown(sample)}. Filter or mend them; nothing was changed.`,
    );
  }
}

/** A rule of another system's SQL, which must not be passed over. */
export class UnreadableRuleError extends LabError {
  readonly code = 'UNREADABLE_ROW_RULE';
  readonly status = 422;

  constructor(table: string, rule: { readonly name: string; readonly text: string }, reason: string) {
    super(
      `Table "${table}" cannot be written here: its ${rule.name} (${rule.text}) cannot be checked: ${reason}. ` +
        'Drop it, or keep writing with the system that declared it.',
    );
  }
}

export class InvalidConstraintError extends LabError {
  readonly code = 'INVALID_CONSTRAINT';
  readonly status = 422;
}

export class ConstraintNotFoundError extends LabError {
  readonly code = 'CONSTRAINT_NOT_FOUND';
  readonly status = 404;

  constructor(table: string, name: string, known: readonly string[]) {
    super(`Table "${table}" has no constraint "${name}". It has ${known.length > 0 ? known.join(', ') : 'none'}.`);
  }
}

/** The new rows of an overwrite are not all among those that it replaces. */
export class RowsOutsidePredicateError extends LabError {
  readonly code = 'ROWS_OUTSIDE_PREDICATE';
  readonly status = 422;

  constructor(table: string, predicate: string, rows: number) {
    super(
      `For ${rows} of the new rows of table "${table}" the condition of the overwrite (${predicate}) is not true: they would ` +
        'stand beside what they should replace. Filter the SELECT by the same condition.',
    );
  }
}

/** A condition that does not give the same answer twice, such as one with random(). */
export class UnsteadyPredicateError extends LabError {
  readonly code = 'UNSTEADY_PREDICATE';
  readonly status = 422;

  constructor(table: string, predicate: string) {
    super(
      `The condition (${predicate}) was true for other rows of table "${table}" when it was asked again. Write one that only ` +
        'hangs on the columns. Nothing was changed.',
    );
  }
}

/** Several rows of a merge's source are about the same row of the table. */
export class AmbiguousMergeError extends LabError {
  readonly code = 'AMBIGUOUS_MERGE';
  readonly status = 422;

  constructor(table: string, { count, sample }: BrokenRows) {
    super(
      `${count} rows of table "${table}" match more than one row of the source, such as ${shown(sample)}: which of them should win ` +
        'is not known. Leave one row for each key, for example with QUALIFY row_number() OVER (PARTITION BY …) = 1. ' +
        'Nothing was changed.',
    );
  }
}

export class InvalidPartitionValueError extends LabError {
  readonly code = 'INVALID_PARTITION_VALUE';
  readonly status = 422;

  constructor(table: string) {
    super(
      `A value in a partition column of table "${table}" is too long for the name of a folder. Partition by a short one, ` +
        'such as a day, a country or a hash.',
    );
  }
}

/** A version whose files are no longer there. */
export class VersionVacuumedError extends LabError {
  readonly code = 'VERSION_VACUUMED';
  readonly status = 410;

  /** @param missing how many of its files, or which one */
  constructor(table: string, version: number, purpose: 'read' | 'restored', missing: number | string) {
    const what = typeof missing === 'string' ? `its file "${missing}" was` : `${missing} of its files were`;
    super(
      `Version ${version} of table "${table}" cannot be ${purpose}: ${what} vacuumed or lost. ` +
        'Nothing was changed. Choose a newer version, or take the files from a backup.',
    );
  }
}

export class RetentionTooShortError extends LabError {
  readonly code = 'RETENTION_TOO_SHORT';
  readonly status = 422;

  constructor(table: string, hours: number, least: number) {
    super(
      `Files of table "${table}" are kept for ${least} hours, and ${hours} would take them from readers and writers that are at ` +
        'work. Set delta.deletedFileRetentionDuration, or say force when nobody uses the table.',
    );
  }
}

/** Whether a file of the table's folder is one of those that are named by another place cannot be told. */
export class FilesOutsideLakeError extends LabError {
  readonly code = 'FILES_OUTSIDE_LAKE';
  readonly status = 422;

  constructor(table: string, uri: string) {
    super(
      `Table "${table}" cannot be vacuumed here: it refers to "${uri}", which is not below the lake's root. ` +
        'Vacuum it with the system that wrote it.',
    );
  }
}

export class InvalidChangeError extends LabError {
  readonly code = 'INVALID_CHANGE';
  readonly status = 422;
}

export class AppendOnlyTableError extends LabError {
  readonly code = 'APPEND_ONLY_TABLE';
  readonly status = 409;

  constructor(table: string) {
    super(`Table "${table}" only takes new rows (delta.appendOnly is true): its rows cannot be replaced, changed or removed.`);
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

/** Somebody else went on with the application's work: what this writer has in hand is done, or no longer its own. */
export class StaleWriterError extends LabError {
  readonly code = 'STALE_WRITER';
  readonly status = 409;

  /** @param recorded the version that the table has for the application */
  constructor(table: string, { appId, version, previous }: Transaction, recorded: number | null) {
    const expected = previous === undefined ? 'an older one' : (previous ?? 'none');
    super(
      `Table "${table}" has version ${recorded ?? 'none'} recorded for "${appId}", and ${expected} was expected before ` +
        `version ${version}. Nothing was written. Look what is recorded, and go on from there.`,
    );
  }
}

export class CorruptLogError extends LabError {
  readonly code = 'CORRUPT_TABLE_LOG';
  readonly status = 500;

  constructor(path: string, reason: string) {
    super(`The table's log cannot be read at "${path}": ${reason}. Restore that file from a backup.`);
  }
}

/** A file that the log names is not what the log says. */
export class CorruptFileError extends LabError {
  readonly code = 'CORRUPT_TABLE_FILE';
  readonly status = 500;

  constructor(path: string, reason: string) {
    super(
      `The table's file "${path}" cannot be read: ${reason}. Restore that file from a backup, or the table to an older version.`,
    );
  }
}

function shown(row: BrokenRows['sample']): string {
  const exact = (value: bigint): number | string => (Number.isSafeInteger(Number(value)) ? Number(value) : String(value));
  const text = JSON.stringify(row, (_, value: unknown) => (typeof value === 'bigint' ? exact(value) : value));
  return text.length > SAMPLE_SHOWN ? `${text.slice(0, SAMPLE_SHOWN)}…` : text;
}
