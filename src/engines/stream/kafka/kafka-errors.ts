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
