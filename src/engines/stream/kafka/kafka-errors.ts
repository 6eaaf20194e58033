import { LabError } from '../../../errors/lab-error.js';
import { StreamAwayError } from '../stream.errors.js';

interface KafkaError extends Error {
  readonly type?: string;
  readonly cause?: unknown;
}

/** The name that the protocol has for what went wrong, however often kafkajs wrapped it: `UNKNOWN_TOPIC_OR_PARTITION`. */
export function protocolErrorOf(error: unknown): string | undefined {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    const { type } = at as KafkaError;
    if (type !== undefined) return type;
  }
  return undefined;
}

/** A moment after a topic was made, or a broker came or went, not all brokers know it yet. */
const PASSING = new Set([
  'UNKNOWN_TOPIC_OR_PARTITION',
  'LEADER_NOT_AVAILABLE',
  'NOT_LEADER_FOR_PARTITION',
  'FENCED_LEADER_EPOCH',
  'UNKNOWN_LEADER_EPOCH',
  'GROUP_LOAD_IN_PROGRESS',
  'GROUP_COORDINATOR_NOT_AVAILABLE',
  'NOT_COORDINATOR_FOR_GROUP',
  'KafkaJSMetadataNotLoaded',
  'KafkaJSTopicMetadataNotLoaded',
  'KafkaJSBrokerNotFound',
]);

export const isPassing = (error: unknown): boolean =>
  PASSING.has(protocolErrorOf(error) ?? '') || (error instanceof Error && PASSING.has(error.name));

/** Kafka has not answered, so that the connection is not to be trusted; else it answered that it would not. */
export const isNoAnswer = (error: unknown): boolean => !(error instanceof LabError) && protocolErrorOf(error) === undefined;

/** What is ours stays as it is; all else says that the log is away, and why. */
export function streamErrorOf(error: unknown, where: string): Error {
  return error instanceof LabError ? error : new StreamAwayError(where, reasonOf(error));
}

function reasonOf(error: unknown): string {
  let at = error;
  while (at instanceof Error && at.cause instanceof Error) at = at.cause;
  const reason = at instanceof Error ? at.message || at.name : String(at);
  return reason.replace(/^Connection error: /, '').replace(/\.$/, '');
}
