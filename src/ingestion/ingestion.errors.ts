import { type FieldProblem, LabError } from '../errors/lab-error.js';

export class TopicExistsError extends LabError {
  readonly code = 'TOPIC_EXISTS';
  readonly status = 409;

  constructor(name: string, other: string, table: string) {
    super(
      name === other
        ? `There is a topic "${name}" already. PATCH /api/v1/topics/${name} changes it.`
        : `The topic "${other}" has the table ${table} already, in which "${name}" would land too. Choose another name.`,
    );
  }
}

/** The schema is none, or is none for messages. */
export class InvalidSchemaError extends LabError {
  readonly code = 'SCHEMA_INVALID';
  readonly status = 422;

  constructor(reason: string) {
    super(`The schema cannot be used: ${reason}. It is JSON Schema, draft 2020-12.`);
  }
}

/** Who reads the messages that are there would meet others than he knows. */
export class SchemaGrowthError extends LabError {
  readonly code = 'SCHEMA_NOT_GROWN';
  readonly status = 409;

  constructor(
    topic: string,
    override readonly errors: readonly FieldProblem[],
  ) {
    const words = errors.map(({ path, message }) => `${path}: ${message}`).join('; ');
    super(`The schema of "${topic}" may only grow optional fields: ${words}. For another schema make another topic.`);
  }
}

/** Nothing of the request was appended. */
export class MessagesRefusedError extends LabError {
  readonly code = 'MESSAGES_REFUSED';
  readonly status = 422;

  constructor(
    topic: string,
    override readonly errors: readonly FieldProblem[],
    more: number,
  ) {
    const words = errors.map(({ path, message }) => `${path}: ${message}`).join('; ');
    super(`Messages do not fit "${topic}": ${words}${more > 0 ? `; and ${more} more` : ''}. None of the request was kept.`);
  }
}

export class PartitionNotFoundError extends LabError {
  readonly code = 'PARTITION_NOT_FOUND';
  readonly status = 404;

  constructor(topic: string, partition: number, partitions: number) {
    super(`"${topic}" has no partition ${partition}: it has ${partitions}, from 0 to ${partitions - 1}.`);
  }
}

export class TooManyWatchersError extends LabError {
  readonly code = 'TOO_MANY_WATCHERS';
  readonly status = 429;
  override readonly retryable = true;
  override readonly headers = { 'Retry-After': '10' };

  constructor(most: number) {
    super(`${most} clients watch topics on this process, which is as many as may. Come back when some have left.`);
  }
}

export class TableTakenError extends LabError {
  readonly code = 'TABLE_TAKEN';
  readonly status = 409;

  constructor(topic: string, table: string) {
    super(
      `"${topic}" would land in ${table}, which is filled by something else. Choose another name, or make it with "land": false.`,
    );
  }
}

export class DeadLetterNotFoundError extends LabError {
  readonly code = 'DEAD_LETTER_NOT_FOUND';
  readonly status = 404;

  constructor(topic: string, ids: readonly string[]) {
    super(
      `"${topic}" has no dead letter ${ids.slice(0, 10).join(', ')}. GET /api/v1/topics/${topic}/dead-letters lists those that it has.`,
    );
  }
}
