import { SqlError } from '../../engines/sql/sql.errors.js';
import { LabError } from '../../errors/lab-error.js';

export class SqlTimeoutError extends LabError {
  readonly code = 'SQL_TIMEOUT';
  readonly status = 408;

  constructor(milliseconds: number) {
    super(`The query was stopped after ${milliseconds} ms. Read less, or allow more: timeout_ms, up to QUERY_TIMEOUT_SECONDS.`);
  }
}

/** A name in FROM that no dataset has. */
export class UnknownTableError extends SqlError {
  constructor(table: string, place: { readonly line?: number; readonly column?: number }) {
    const shape = table.includes('.') ? '' : ' A table is named with its layer, as gold.routes is.';
    super(`There is no table "${table}".${shape} GET /api/v1/datasets lists them.`, place.line, place.column);
  }
}

export class AsOfNotReadError extends LabError {
  readonly code = 'AS_OF_NOT_READ';
  readonly status = 422;

  constructor(table: string, read: readonly string[]) {
    const tables = read.length > 0 ? `it reads ${read.join(', ')}` : 'it reads no table';
    super(`"as_of" names ${table}, which the query does not read: ${tables}.`);
  }
}
