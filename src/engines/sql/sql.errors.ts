import { LabError } from '../../errors/lab-error.js';

/** SQL that cannot be run: what the engine says, and where in the text when it is known. */
export class SqlError extends LabError {
  readonly code: string = 'SQL_INVALID';
  readonly status: number = 422;

  constructor(
    /** The message without the place. */
    readonly reason: string,
    /** From 1, within the SQL text. */
    readonly line?: number,
    /** From 1, in characters. */
    readonly column?: number,
  ) {
    super(line === undefined ? reason : `${reason} (line ${line}, column ${column ?? 1})`);
  }
}

/** SQL that is well formed and not allowed: anything but one SELECT over the given tables. */
export class SqlForbiddenError extends SqlError {
  override readonly code = 'SQL_FORBIDDEN';
  override readonly status = 403;
}

/** A value by which a result is divided cannot name its folder. */
export class DividingValueError extends SqlError {
  constructor() {
    super('A value in a column that divides the rows is too long for the name of a folder. Divide them by shorter ones.');
  }
}

/** The query is right, and the machine cannot do it now: memory, disk or files. */
export class SqlResourcesError extends LabError {
  readonly code = 'SQL_RESOURCES';
  readonly status = 503;
  override readonly retryable = true;
}

/** A Parquet file that a query reads is gone, or is not what it was written as. */
export class DamagedFileError extends LabError {
  readonly code = 'CORRUPT_TABLE_FILE';
  readonly status = 500;

  constructor(
    /** Its table and name. */
    readonly file: string,
    readonly reason: string,
  ) {
    super(`${file} cannot be read: ${reason}. Restore that file from a backup, or the table to a version without it.`);
  }
}

/** Of the engine that all share: others may be the ones who have the memory. */
export class SqlMemoryError extends SqlResourcesError {
  constructor(reason: string) {
    super(`The query needs more memory than SQL_MEMORY_LIMIT gives: ${reason}`);
  }
}

/** The query needs more than one query may have, whenever it is asked. */
export class SqlTooLargeError extends LabError {
  readonly code = 'SQL_TOO_LARGE';
  readonly status = 422;

  /** @param what is too large, without a full stop */
  constructor(readonly what: string) {
    super(`${what}. Read fewer rows or columns, group before you sort or join, or ask for the rows in parts.`);
  }
}

export class TooManyQueriesError extends LabError {
  readonly code = 'TOO_MANY_QUERIES';
  readonly status = 429;
  override readonly retryable = true;
  override readonly headers = { 'Retry-After': '5' };

  constructor(present: number) {
    super(`${present} queries run or wait already (QUERY_CONCURRENCY). Ask again in a moment.`);
  }
}

export class SqlEngineClosedError extends LabError {
  readonly code = 'SQL_ENGINE_CLOSED';
  readonly status = 503;
  override readonly retryable = true;

  constructor() {
    super('The SQL engine is closing down. Ask again when the process is up.');
  }
}
