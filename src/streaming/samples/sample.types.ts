import type { JsonSchema, OutgoingMessage } from '../../ingestion/topic.types.js';

/**
 * Events that are made up, as a function of their time alone: those of one step are always the same, so that a run which is made again,
 * or comes later, goes on where the topic ends.
 */
export interface Sample {
  readonly topic: string;
  readonly schema: JsonSchema;
  /** Milliseconds from one step to the next; steps are multiples of it since 1970. */
  readonly step: number;
  /** The field of a message that holds its time, as ISO 8601 text. */
  readonly time: string;
  at(time: number): readonly OutgoingMessage[];
  /** What was broken on purpose, from one time to another. */
  faults(from: number, to: number): readonly Fault[];
}

export interface Fault {
  /** The sensor or service. */
  readonly of: string;
  readonly kind: string;
  readonly from: string;
  readonly to: string;
}
