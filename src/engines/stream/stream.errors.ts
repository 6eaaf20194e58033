import { LabError } from '../../errors/lab-error.js';

export class StreamAwayError extends LabError {
  readonly code = 'STREAM_AWAY';
  readonly status = 503;
  override readonly retryable = true;

  /** @param setting that says where it is */
  constructor(where: string, reason: string, setting = 'KAFKA_BROKERS') {
    super(`The message log at ${where} does not answer (${reason}). It is asked again by itself; check ${setting}.`);
  }
}

export class TopicNotFoundError extends LabError {
  readonly code = 'TOPIC_NOT_FOUND';
  readonly status = 404;

  constructor(topic: string) {
    super(`There is no topic "${topic}". GET /api/v1/topics lists those that are there; POST /api/v1/topics makes one.`);
  }
}

export class InvalidTopicError extends LabError {
  readonly code = 'INVALID_TOPIC';
  readonly status = 422;

  constructor(topic: string, reason: string) {
    super(`The topic "${topic}" cannot be so: ${reason}.`);
  }
}

export class MessageTooLargeError extends LabError {
  readonly code = 'MESSAGE_TOO_LARGE';
  readonly status = 413;

  constructor(topic: string, bytes: number, most: number) {
    super(`A message for "${topic}" has ${bytes} bytes, and ${most} at most are taken. Nothing of the request was kept.`);
  }
}

/** A reader behind what is kept would lose messages without a word: it must be moved by somebody who knows. */
export class OffsetOutOfRangeError extends LabError {
  readonly code = 'OFFSET_OUT_OF_RANGE';
  readonly status = 409;

  constructor(
    readonly topic: string,
    readonly partition: number,
    readonly offset: number,
    readonly range: { readonly begin: number; readonly end: number },
  ) {
    super(
      `Offset ${offset} of partition ${partition} of "${topic}" is not there: it holds ${range.begin} up to ${range.end}. ` +
        'Choose where to go on: messages between are lost.',
    );
  }
}

export class StaleOwnerError extends LabError {
  readonly code = 'STALE_OWNER';
  readonly status = 409;

  constructor(group: string, topic: string, partition: number) {
    super(
      `Partition ${partition} of "${topic}" belongs to another member of the group "${group}" by now: nothing was committed.`,
    );
  }
}

export class GroupBusyError extends LabError {
  readonly code = 'GROUP_BUSY';
  readonly status = 409;

  constructor(group: string) {
    super(`The group "${group}" is reading. Pause it, and move it then.`);
  }
}
