import { storedJson } from './stored-json.js';

/** What is kept of a task's return value. */
export interface TaskResult {
  readonly result: object | null;
  readonly rows: number | null;
  /** There was nothing to do. */
  readonly skipped: boolean;
}

const MAX_LENGTH = 256 * 1024;

/** @throws {TypeError} when the value is no JSON */
export function readResult(value: object | undefined): TaskResult {
  if (value === undefined) return { result: null, rows: null, skipped: false };
  const text = storedJson(value);
  const { rows, skipped } = JSON.parse(text) as { rows?: unknown; skipped?: unknown };
  const counted = typeof rows === 'number' && Number.isSafeInteger(rows) ? rows : null;
  const result =
    text.length > MAX_LENGTH
      ? { truncated: `The result has ${text.length} characters; at most ${MAX_LENGTH} are kept.` }
      : (JSON.parse(text) as object);
  return { result, rows: counted, skipped: skipped === true };
}
