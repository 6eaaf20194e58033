import { LabError } from '../../errors/lab-error.js';

/** A column has a type that PostgreSQL has no counterpart for. */
export class UnpublishableTypeError extends LabError {
  readonly code = 'TYPE_NOT_PUBLISHABLE';
  readonly status = 422;

  constructor(dataset: string, column: string, type: string) {
    super(
      `"${dataset}" was not published: its column "${column}" is a ${type}, for which PostgreSQL has no type. Cast it in the model, or leave it out.`,
    );
  }
}

/** A value that the lake can hold and PostgreSQL cannot, such as text with a NUL. */
export class UnpublishableValueError extends LabError {
  readonly code = 'VALUE_NOT_PUBLISHABLE';
  readonly status = 422;

  constructor(dataset: string, { column, row, reason }: { column: string; row: number; reason: string }) {
    super(
      `"${dataset}" was not published, what was published before stays: PostgreSQL does not take the column "${column}" of row ${row}: ${reason}.`,
    );
  }
}

/** What a model declares about its published table does not go with its columns or rows. */
export class PublicationRefusedError extends LabError {
  readonly code = 'PUBLICATION_REFUSED';
  readonly status = 422;

  constructor(dataset: string, reason: string) {
    super(`"${dataset}" was not published, what was published before stays: ${reason}.`);
  }
}

export class NotDeclaredForPublicationError extends LabError {
  readonly code = 'PUBLICATION_NOT_DECLARED';
  readonly status = 404;

  constructor(dataset: string, declared: readonly string[]) {
    super(
      `No model says that "${dataset}" is published: write "publish: {}" into the header of a gold model. Published are: ${declared.join(', ') || 'none'}.`,
    );
  }
}

/** Somebody has been reading the old table all the time. */
export class PublishedTableBusyError extends LabError {
  readonly code = 'PUBLISHED_TABLE_BUSY';
  readonly status = 503;
  override readonly retryable = true;

  constructor(dataset: string, seconds: number) {
    super(
      `"${dataset}" was not published: a transaction has been reading the table in the warehouse for ${seconds} seconds. End it, or use "mode: merge", which waits for no reader.`,
    );
  }
}

/** The connection to PostgreSQL went away in the middle: nothing of the publication is left there. */
export class WarehouseAwayError extends LabError {
  readonly code = 'WAREHOUSE_AWAY';
  readonly status = 503;
  override readonly retryable = true;

  constructor(dataset: string, reason: string) {
    super(`"${dataset}" was not published, what was published before stays: the connection to PostgreSQL broke (${reason}).`);
  }
}
