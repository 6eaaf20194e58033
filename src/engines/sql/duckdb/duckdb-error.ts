import { LabError } from '../../../errors/lab-error.js';
import { SqlError, SqlMemoryError, SqlResourcesError } from '../sql.errors.js';
import { placeOfByte } from './sql-text.js';

/** Whose text it is that DuckDB complains about. */
export interface Culprit {
  readonly sql: string;
  /** Where the SQL begins in the text that was run, in bytes. */
  readonly offset: number;
  /** What stands in a message in place of a path of this machine. */
  readonly names: ReadonlyMap<string, string>;
}

interface Complaint {
  readonly exception_type: string;
  readonly exception_message: string;
  readonly position?: string;
}

/** DuckDB's error in the words of who wrote the SQL, without paths of this machine. */
export function explain(error: unknown, { sql, offset, names }: Culprit): Error {
  if (error instanceof LabError) return error;
  // Errors of the native library are no instances of the Error of every realm.
  const { exception_type: type, exception_message: message, position } = complaintOf(String((error as Error).message));
  const reason = withoutPaths(firstParagraph(message), names);
  switch (type) {
    case 'Out of Memory':
      return new SqlMemoryError(reason);
    case 'IO':
      return new SqlResourcesError(reason);
    case 'INTERNAL':
    case 'FATAL':
      return new Error(reason, { cause: error });
    default: {
      const place = position === undefined ? undefined : placeOfByte(sql, Number(position) - offset);
      return new SqlError(reason, place?.line, place?.column);
    }
  }
}

/** With `errors_as_json` a message is JSON, at times behind words of its own; those of the client library are plain. */
function complaintOf(message: string): Complaint {
  const json = message.indexOf('{"exception_type"');
  if (json >= 0) return JSON.parse(message.slice(json)) as Complaint;
  const [, type = '', text = message] = /^(?:Failed to bind value: )?([\w ]+) Error: (.*)$/s.exec(message) ?? [];
  return { exception_type: type, exception_message: text };
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
