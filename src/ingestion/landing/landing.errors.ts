import { LabError } from '../../errors/lab-error.js';

export class TopicDoesNotLandError extends LabError {
  readonly code = 'TOPIC_DOES_NOT_LAND';
  readonly status = 409;

  constructor(topic: string) {
    super(`"${topic}" does not land in bronze. PATCH /api/v1/topics/${topic} with {"land": true} makes it.`);
  }
}

/** Offsets say nothing of rows that came from another topic of this name. */
export class OlderTopicRowsError extends LabError {
  readonly code = 'OLDER_TOPIC_ROWS';
  readonly status = 409;

  constructor(topic: string, table: string) {
    super(
      `${table} also holds rows of an earlier topic "${topic}", whose offsets are the same numbers: those of the replay cannot be told ` +
        'from them. Nothing was changed. Land in another table: make a topic with another name.',
    );
  }
}

export class ReplayBusyError extends LabError {
  readonly code = 'REPLAY_BUSY';
  readonly status = 409;
  override readonly retryable = true;

  constructor(topic: string) {
    super(
      `"${topic}" lands so much just now that its table could not be moved. Nothing was changed. Pause the landing, or ask again.`,
    );
  }
}
