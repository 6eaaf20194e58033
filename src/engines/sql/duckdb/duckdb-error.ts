import { basename } from 'node:path';
import { LabError } from '../../../errors/lab-error.js';
import { DamagedFileError, DividingValueError, SqlError, SqlMemoryError, SqlResourcesError } from '../sql.errors.js';
import { placeOfByte } from './sql-text.js';

/** Of files of which one is damaged. */
const MOST_NAMED = 5;

/** Of a message: DuckDB puts whole values of people into it. */
const MOST_CHARACTERS = 4_000;

/** Whose text it is that DuckDB complains about. */
export interface Culprit {
  readonly sql: string;
  /** Where the SQL begins in the text that was run, in bytes. */
  readonly offset: number;
  /** What stands in a message in place of a path of this machine. */
  readonly names: ReadonlyMap<string, string>;
  /** Those paths that are Parquet files of its tables. */
  readonly parquet: ReadonlySet<string>;
}

interface Complaint {
  readonly exception_type: string;
  readonly exception_message: string;
  readonly position?: string;
}

/** DuckDB's error in the words of who wrote the SQL, without paths of this machine. */
export function explain(error: unknown, { sql, offset, names, parquet }: Culprit): Error {
  if (error instanceof LabError) return error;
  // Errors of the native library are no instances of the Error of every realm.
  const { exception_type: type, exception_message: message, position } = complaintOf(String((error as Error).message));
  const reason = firstParagraph(shortened(withoutPaths(message, names)));
  const damaged = [...new Set(damagedFiles(type, message, [...parquet]).map((path) => names.get(path) ?? basename(path)))];
  if (damaged.length > 0) return new DamagedFileError(oneOf(damaged), reason);
  switch (type) {
    case 'Out of Memory':
      return new SqlMemoryError(reason);
    case 'IO':
      if (/file ?name too long/i.test(message)) return new DividingValueError();
      return reason.startsWith('Parquet files do not support') ? new SqlError(reason) : new SqlResourcesError(reason);
    case 'INTERNAL':
    case 'FATAL':
      return new Error(reason, { cause: error });
    default: {
      const place = position === undefined ? undefined : placeOfByte(sql, Number(position) - offset);
      return new SqlError(reason, place?.line, place?.column);
    }
  }
}

/** Those of which one is broken or gone; none when it is the SQL or the machine that is complained about. */
function damagedFiles(type: string, message: string, files: readonly string[]): readonly string[] {
  const mentioned = files.filter((path) => message.includes(path));
  if (type === 'Invalid Input' || (type === 'IO' && message.startsWith('No files found'))) {
    return mentioned.length > 0 || !message.endsWith('the file might be corrupted.') ? mentioned : files;
  }
  // What the reader of Thrift says when a header makes no sense, with no word of the file.
  return type === 'Invalid' ? files : [];
}

const oneOf = (names: readonly string[]): string =>
  names.length > MOST_NAMED
    ? `${names.slice(0, MOST_NAMED).join(' or ')} or one of ${names.length - MOST_NAMED} more`
    : names.join(' or ');

/** As much of a message as anybody reads. */
export const shortened = (message: string): string =>
  message.length > MOST_CHARACTERS ? `${message.slice(0, MOST_CHARACTERS).toWellFormed()}…` : message;

/**
 * With `errors_as_json` a message is JSON, at times behind words of its own; those of the client library are plain. A text of
 * people that looks like such JSON, `error('{"exception_type": …')`, comes as it is behind the true type.
 */
function complaintOf(message: string): Complaint {
  const [, type, text = message] = /^(?:Failed to bind value: )?([\w ]+) Error: (.*)$/s.exec(message) ?? [];
  const complaint = parsedComplaint(text.slice(Math.max(0, text.indexOf('{"exception_type"'))));
  if (type === undefined) return complaint ?? { exception_type: '', exception_message: text };
  return { exception_message: text, ...complaint, exception_type: type };
}

function parsedComplaint(json: string): Complaint | undefined {
  try {
    const complaint = JSON.parse(json) as Complaint;
    return [complaint.exception_type, complaint.exception_message].every((text) => typeof text === 'string')
      ? complaint
      : undefined;
  } catch {
    return undefined;
  }
}

/** What comes behind it are settings of DuckDB, and hints how to change them. */
const firstParagraph = (message: string): string =>
  message
    .split(/\n\s*\n|\nPossible|\nThis (?:type|can)/)[0]
    .trim()
    .replaceAll(/\s*\n\s*/g, ' ');

function withoutPaths(message: string, names: ReadonlyMap<string, string>): string {
  const longestFirst = [...names].sort(([a], [b]) => b.length - a.length);
  return longestFirst.reduce((text, [path, name]) => text.replaceAll(path, name), message);
}
