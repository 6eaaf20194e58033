import {
  DamagedFileError,
  SqlError,
  SqlForbiddenError,
  SqlMemoryError,
  SqlResourcesError,
  SqlTooLargeError,
} from '../sql.errors.js';
import type { Chunk, Column, Query } from '../sql.port.js';
import type { CellLimits } from './cell.js';

/** The name of a result that is written, in the folder of the query. */
export const RESULT_FILE = 'result.parquet';

/** With which a process ends itself that took more memory than it may. */
export const OUT_OF_MEMORY = 'SIGUSR2';

/** Of the rows of a result. */
export interface Selection {
  /** Expressions over the columns by their place: `#1, upper(#2)`; all columns when absent. */
  readonly select?: string;
  /** Rows at most; all when absent. */
  readonly limit?: number;
}

/** A piece of a stream of Arrow's IPC format, and how many rows end in it. */
export interface ArrowPart {
  readonly rows: number;
  readonly bytes: Uint8Array;
}

/** What the process of a query is told, one after the other; each has one answer. */
export type Request =
  | { readonly kind: 'open'; readonly query: Query; readonly limits: CellLimits; readonly folder: string }
  | { readonly kind: 'read'; readonly selection: Selection }
  | { readonly kind: 'next' }
  | { readonly kind: 'arrow'; readonly selection: Selection }
  | { readonly kind: 'next part' }
  | { readonly kind: 'parquet'; readonly selection: Selection };

export interface Answers {
  readonly open: readonly Column[];
  /** Columns as they are read. */
  readonly read: undefined;
  /** Undefined behind the last one. */
  readonly next: Chunk | undefined;
  readonly arrow: undefined;
  readonly 'next part': ArrowPart | undefined;
  /** How many rows. */
  readonly parquet: number;
}

export type Reply = { readonly answer: Answers[Request['kind']] } | { readonly failure: Failure };

interface Failure {
  readonly kind: 'forbidden' | 'invalid' | 'damaged' | 'large' | 'resources' | 'broken';
  readonly reason: string;
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
}

export const TOO_LARGE = 'The query needs more memory or disk than QUERY_MEMORY_LIMIT and QUERY_DISK_LIMIT allow';

/** An error as it can be sent to another process. */
export function failureOf(error: unknown): Failure {
  if (error instanceof SqlError) {
    const { reason, line, column } = error;
    return { kind: error instanceof SqlForbiddenError ? 'forbidden' : 'invalid', reason, line, column };
  }
  if (error instanceof DamagedFileError) return { kind: 'damaged', reason: error.reason, file: error.file };
  if (error instanceof SqlMemoryError) return { kind: 'large', reason: TOO_LARGE };
  if (error instanceof SqlTooLargeError) return { kind: 'large', reason: error.what };
  const reason = (error as Error).message;
  return { kind: error instanceof SqlResourcesError ? 'resources' : 'broken', reason };
}

export function errorOf({ kind, reason, file = '', line, column }: Failure): Error {
  switch (kind) {
    case 'forbidden':
      return new SqlForbiddenError(reason, line, column);
    case 'invalid':
      return new SqlError(reason, line, column);
    case 'damaged':
      return new DamagedFileError(file, reason);
    case 'large':
      return new SqlTooLargeError(reason);
    case 'resources':
      return new SqlResourcesError(reason);
    case 'broken':
      return new Error(reason);
  }
}
