import { LabError } from '../../errors/lab-error.js';

/** The server of DATABASE_URL did not answer. */
export class DatabaseUnreachableError extends LabError {
  readonly code = 'DATABASE_UNREACHABLE';
  readonly status = 503;
  override readonly retryable = true;

  /** @param server its address, without a password */
  constructor(server: string, reason: string) {
    super(
      `PostgreSQL at ${server} does not let us in: ${reason}. Check DATABASE_URL and that the server runs; unset it to use the embedded one.`,
    );
  }
}

/** Another process lives on the same data folder. */
export class DataFolderInUseError extends LabError {
  readonly code = 'DATA_FOLDER_IN_USE';
  readonly status = 409;

  constructor(folder: string, holder: number) {
    super(
      `The data folder "${folder}" is in use by process ${holder}. Stop that process, give this one another DATA_DIR, or share one server through DATABASE_URL.`,
    );
  }
}

/** The embedded server cannot run here, or stopped running. */
export class EmbeddedServerError extends LabError {
  readonly code = 'EMBEDDED_SERVER_FAILED';
  readonly status = 500;

  constructor(what: string, whatToDo: string) {
    super(`${what}. ${whatToDo} Or set DATABASE_URL to a PostgreSQL server of yours.`);
  }
}

/** A migration did not run; the schema is as it was before it. */
export class MigrationFailedError extends LabError {
  readonly code = 'MIGRATION_FAILED';
  readonly status = 500;

  constructor(reason: string) {
    super(
      `The database could not be brought to this version's schema: ${reason}. Nothing of the failed migration was kept; mend its cause and start again.`,
    );
  }
}
