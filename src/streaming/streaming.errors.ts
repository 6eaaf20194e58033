import { LabError } from '../errors/lab-error.js';

export class StreamNotFoundError extends LabError {
  readonly code = 'STREAM_NOT_FOUND';
  readonly status = 404;

  constructor(name: string) {
    super(`There is no stream "${name}". List them with GET /api/v1/streams; each is a file in workspace/streams.`);
  }
}

/** Start-up failure: every problem of every file in `workspace/streams`, each with its file and line. */
export class InvalidStreamsError extends LabError {
  readonly code = 'INVALID_STREAMS';
  readonly status = 500;

  constructor(problems: readonly string[]) {
    super(`The streams of the workspace do not allow a start:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
  }
}

/** What is kept of a stream is of another declaration than the one that its file has now. */
export class StreamChangedError extends LabError {
  readonly code = 'STREAM_CHANGED';
  readonly status = 409;

  constructor(name: string) {
    super(
      `What the stream "${name}" has kept is of another topic, filter, operation or output than its file has now. ` +
        `Take the change back, give it another name, or let it begin anew with POST /api/v1/streams/${name}/restart.`,
    );
  }
}

/** The topic that a stream reads was deleted, and one of its name made after it. */
export class TopicReplacedError extends LabError {
  readonly code = 'TOPIC_REPLACED';
  readonly status = 409;

  constructor(name: string, topic: string) {
    super(
      `The topic "${topic}" was deleted and made again: the offsets that the stream "${name}" has kept mean nothing in it. ` +
        `Let the stream begin anew with POST /api/v1/streams/${name}/restart.`,
    );
  }
}

/** What a stream would read next is not there any more. */
export class StreamBehindError extends LabError {
  readonly code = 'STREAM_BEHIND';
  readonly status = 409;

  constructor(name: string, reason: string) {
    super(
      `The stream "${name}" cannot go on where it is, and passes over nothing by itself. ${reason} ` +
        `Let it begin anew with what the topic still has: POST /api/v1/streams/${name}/restart.`,
    );
  }
}

/** Another process goes on with the stream, or somebody let it begin anew. */
export class StaleStreamError extends LabError {
  readonly code = 'STALE_STREAM';
  readonly status = 409;

  constructor(name: string) {
    super(`The stream "${name}" is in other hands by now: nothing was written.`);
  }
}

/** An output of a stream is away, or refuses what it is given. */
export class UndeliveredError extends LabError {
  readonly code = 'UNDELIVERED';
  readonly status = 503;
  override readonly retryable = true;

  /** @param output as in `table`: the key below `to` in the file of the stream */
  constructor(name: string, output: string, cause: unknown) {
    super(
      `What the stream "${name}" has for its output "${output}" did not arrive: ${cause instanceof Error ? cause.message : String(cause)} ` +
        'It is kept, and delivered again until that succeeds; the stream waits meanwhile.',
    );
  }
}

export class StreamStateFullError extends LabError {
  readonly code = 'STREAM_STATE_FULL';
  readonly status = 422;

  constructor(name: string, entries: number, most: number) {
    super(
      `The stream "${name}" has state of ${entries} windows and groups, and most_entries allows ${most}. ` +
        'Group by something with fewer values, take shorter windows or less lateness, or allow more.',
    );
  }
}

export class StreamTableMisfitError extends LabError {
  readonly code = 'STREAM_TABLE_MISFIT';
  readonly status = 409;

  constructor(table: string, reason: string) {
    super(
      `The table ${table} is there and is not that of this stream: it has ${reason}. Drop or rename it, or name another one.`,
    );
  }
}
