import type { StoredMessage } from '../../engines/stream/stream.port.js';

/** A message that could be read: a JSON object, and the time that it is about. */
export interface StreamEvent {
  /** Milliseconds since 1970, by the event's own word. */
  readonly time: number;
  readonly value: Readonly<Record<string, unknown>>;
  readonly message: StoredMessage;
}

/** Types of columns as every output has them; `json` is any JSON value. */
export type ColumnType = 'text' | 'double' | 'bigint' | 'boolean' | 'timestamp' | 'json';

export interface OutputColumn {
  readonly name: string;
  readonly type: ColumnType;
}

/** A timestamp is in milliseconds since 1970. */
export type OutputValues = Readonly<Record<string, unknown>>;

export interface OutputRow {
  /** Key of the message in a topic: rows with one key keep their order. */
  readonly key: string | null;
  /** Milliseconds since 1970: when it was true, for readers of the topic. */
  readonly time: number;
  /** By column. A row that takes back an earlier one needs no more than the columns of its identity. */
  readonly values: OutputValues;
  /** True when the earlier row of this identity is no more. Only where {@link OutputShape.identity} is given. */
  readonly gone?: boolean;
}

/** What rows an operator gives. */
export interface OutputShape {
  readonly columns: readonly OutputColumn[];
  /** Columns that tell a row from all others: a later row with the same values in them replaces it. Absent: no row is ever replaced. */
  readonly identity?: readonly string[];
}

/** Where an operator puts what it has to say. All of it becomes durable with the next checkpoint, or is as if it had never been said. */
export interface Emission {
  row(row: OutputRow): void;
  /** The event came when all that it belongs to had been closed: it goes to the late topic. */
  late(event: StreamEvent): void;
}

/** The event cannot be used. It goes to the dead letters of its topic with the reason; thrown before any state has changed. */
export class PoisonEvent extends Error {}

/**
 * What is done with the events of a declared stream: one instance in one process, called by nobody else meanwhile. State, offsets
 * and output are kept together, so that each event counts once whatever dies. Deterministic: the same events in the same order give
 * the same rows; time is what events and the watermark say, never the clock of the machine.
 */
export interface Operator {
  readonly output: OutputShape;
  /** @throws {PoisonEvent} before any state has changed */
  process(event: StreamEvent, emission: Emission): void;
  /** No event before this time is waited for any more. Called when it has moved on, after the event that moved it. */
  advance(watermark: number, emission: Emission): void;
  /** Called before each checkpoint, for what is told now and then and not at each event. */
  flush(emission: Emission): void;
  /**
   * The state in pieces of some megabytes at most, in a form of the operator's own. All of them are taken.
   * @param extent `changes`: what has changed since the last call; `whole`: everything
   */
  snapshot(extent: 'changes' | 'whole'): Iterable<Buffer>;
  /** Called on a new instance before any event, for each piece: those of the last `whole`, then those of all `changes` after it. */
  restore(piece: Buffer): void;
  /** How many things there is state of (keys, windows of keys): what the figures are by. */
  readonly entries: number;
}
