import type { MessageHeaders } from '../engines/stream/stream.port.js';

/** JSON Schema, draft 2020-12. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** What a topic may be given, and may be given anew. */
export interface TopicSettings {
  /** They may become more, never fewer. With more, keys move to other partitions. */
  readonly partitions: number;
  /** Of the values; null takes any JSON. It may grow optional fields. */
  readonly schema: JsonSchema | null;
  /** Null keeps messages for ever. */
  readonly retentionHours: number | null;
  /** Of a partition; null for no limit. */
  readonly retentionBytes: number | null;
  /** Whether it is consumed into `bronze`. */
  readonly land: boolean;
}

export interface NewTopic extends Partial<TopicSettings> {
  readonly name: string;
}

export interface Topic extends TopicSettings {
  /** Another one each time a topic of this name is made: its offsets begin anew then. */
  readonly id: string;
  readonly name: string;
  /** One more with each change of the schema. */
  readonly schemaVersion: number;
  readonly createdAt: Date;
  readonly changedAt: Date;
}

/** What the values of a topic must be like. */
export interface MessageSchema {
  /** @returns why a parsed value does not fit, beginning with its path; undefined when it does */
  flaw(value: unknown): string | undefined;
  /** The same of bytes as they are stored, which may be no JSON at all. A tombstone fits. */
  flawOfBytes(value: Buffer | null): string | undefined;
}

/** A message on its way into a topic. */
export interface OutgoingMessage {
  readonly key?: string | null;
  /** JSON; null says that what the key stands for is no more. */
  readonly value: unknown;
  readonly headers?: MessageHeaders;
  /** When it happened, in milliseconds since 1970; the moment of the append when absent. */
  readonly timestamp?: number;
}

/** What a landed message has beside the columns of its value. */
export const LANDED_COLUMNS: readonly string[] = ['_key', '_partition', '_offset', '_timestamp'];

/** The table that a topic lands in. */
export const bronzeOf = (topic: string): string => `bronze.${topic.toLowerCase().replaceAll(/[.-]/g, '_')}`;

/** The group that reads a topic into its table. */
export const landingGroup = (topic: string): string => `landing.${topic}`;

/** How the names of topics of dead letters end. */
export const DEAD_LETTERS = '.dlq';

/** The topic of its dead letters. */
export const deadLettersOf = (topic: string): string => `${topic}${DEAD_LETTERS}`;

/** What Kafka takes as a name, and can be that of a table too, with room for what {@link deadLettersOf} adds. */
export const TOPIC_NAME = /^[A-Za-z][A-Za-z0-9._-]{0,199}$/;
