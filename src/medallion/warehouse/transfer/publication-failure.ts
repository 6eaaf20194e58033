import pg from 'pg';
import { PublicationRefusedError, UnpublishableValueError, WarehouseAwayError } from '../warehouse.errors.js';

/** The words for what PostgreSQL said when it did not take a table; anything else stays what it is. */
export function explain(dataset: string, error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  if (!(error instanceof pg.DatabaseError)) return isBroken(error) ? new WarehouseAwayError(dataset, error.message) : error;
  const place = /^COPY \S+, line (\d+)(?:, column ([^:]*))?/.exec(error.where ?? '');
  if (place && error.code?.startsWith('22')) {
    const column = place[2] ?? 'of text';
    return new UnpublishableValueError(dataset, { column, row: Number(place[1]), reason: error.message });
  }
  // Conditions of the connection, the server's resources and its operator: they pass.
  if (/^(08|53|57|58|XX)/.test(error.code ?? '')) return new WarehouseAwayError(dataset, error.message);
  return new PublicationRefusedError(dataset, [error.message, error.detail].filter(Boolean).join(': ').replace(/\.$/, ''));
}

const isBroken = (error: Error): boolean =>
  /^Connection terminated/.test(error.message) || /^E[A-Z]+$/.test((error as NodeJS.ErrnoException).code ?? '');
