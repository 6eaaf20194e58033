import type { StreamDeclaration } from '../definition/stream.schema.js';
import type { OutputShape } from '../processing/operator.types.js';

/** A row as it waits for its delivery. */
export interface DeliveredRow {
  readonly key: string | null;
  readonly time: number;
  /** JSON; a timestamp is ISO 8601 text. */
  readonly values: Readonly<Record<string, unknown>>;
  readonly gone?: boolean;
}

/** What one checkpoint has for one output outside of PostgreSQL. Whoever delivers it again delivers the same. */
export interface Delivery {
  readonly stream: StreamDeclaration;
  readonly shape: OutputShape;
  /** Of the checkpoint: with the name of the stream, the identity of the delivery. */
  readonly version: number;
  /** What was put there, in its order. */
  items<T>(): Iterable<T>;
}

/** Brings what is kept in checkpoints to where it belongs, at least once. */
export interface Output {
  /** As it stands in the deliveries; never changed. */
  readonly name: string;
  /** What goes there: rows, late events, or messages that could not be read. */
  readonly takes: 'rows' | 'late' | 'poison';
  /** Whether the stream has this output. */
  serves(stream: StreamDeclaration): boolean;
  /** Called once before the stream begins: what it needs is made here. */
  prepare?(stream: StreamDeclaration, shape: OutputShape): Promise<void>;
  /** Resolves when it is durable there. It may come again, also from another process, but never out of order. */
  deliver(delivery: Delivery): Promise<void>;
}

/** Injection token of all outputs. */
export const OUTPUTS = Symbol('OUTPUTS');

/** A message that goes elsewhere as it was. */
export interface KeptMessage {
  readonly partition: number;
  readonly offset: number;
  readonly key: string | null;
  /** Base64. */
  readonly value: string | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly timestamp: number;
  readonly reason?: string;
}
