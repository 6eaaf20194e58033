import { z } from 'zod';
import type { Position, StoredMessage } from '../engines/stream/stream.port.js';
import { pageOf, PageQuery } from '../http/page.schema.js';
import { WholeNumber } from '../http/whole-number.schema.js';
import type { OutgoingMessage } from './topic.types.js';

const MOST_MESSAGES = 10_000;
const MOST_HEADERS = 64;
const DEEPEST = 100;
const AT = '2026-01-31T04:00:00.100Z';
const EXAMPLE = { sensor: 'cellar', at: AT, celsius: 12.5 };

/** What PostgreSQL's text, and UTF-8, have room for. */
const isStorable = (text: string): boolean => !text.includes('\0') && text.isWellFormed();
const storable = (most: number) => z.string().max(most).refine(isStorable, 'has a character NUL or half a character');

const HeaderName = storable(256)
  .min(1)
  .refine((name) => !name.startsWith('dlq.'), 'begins with "dlq." as headers of dead letters do');

const Value = z
  .unknown()
  .superRefine((value, context) => {
    const problem = value === undefined ? 'is missing' : jsonProblem(value, 1);
    if (problem) context.addIssue({ code: 'custom', message: problem });
  })
  .meta({ description: 'JSON; null says that what the key stands for is no more', example: EXAMPLE });

export const NewMessages = z
  .strictObject({
    messages: z
      .array(
        z.strictObject({
          key: storable(1_024).nullish().meta({ description: 'Messages with one key keep their order', example: 'cellar' }),
          value: Value,
          headers: z
            .record(HeaderName, storable(4_096))
            .refine((headers) => Object.keys(headers).length <= MOST_HEADERS, `has more than ${MOST_HEADERS} entries`)
            .optional()
            .meta({ example: { source: 'house' } }),
          timestamp: z.iso
            .datetime({ offset: true })
            .optional()
            .meta({ description: 'When it happened; now when not given', example: AT }),
        }),
      )
      .min(1)
      .max(MOST_MESSAGES)
      .meta({ description: 'All of them are taken, or none' }),
  })
  .meta({
    id: 'NewMessages',
    example: {
      messages: [
        { key: 'cellar', value: EXAMPLE },
        { key: 'attic', value: { sensor: 'attic', celsius: 31 }, headers: { source: 'house' } },
      ],
    },
  });
export type NewMessages = z.infer<typeof NewMessages>;

const PositionItem = z.object({ partition: z.int().meta({ example: 0 }), offset: z.int().meta({ example: 17 }) });

export const MessagesKept = z
  .object({ positions: z.array(PositionItem).meta({ description: 'Where each message is, in the order of the request' }) })
  .meta({ id: 'MessagesKept' });
export interface MessagesKept {
  readonly positions: Position[];
}

export const PeekQuery = z.object({
  partition: WholeNumber.optional().meta({ description: 'All partitions when not given' }),
  offset: WholeNumber.optional().meta({
    description: 'Where to begin; the newest messages when not given. A topic with several partitions needs one named',
  }),
  limit: PageQuery.shape.limit,
});
export type PeekQuery = z.output<typeof PeekQuery>;

export const Message = PositionItem.extend({
  key: z.string().nullable().meta({ example: 'cellar' }),
  value: z.unknown().meta({ description: 'Null also for one that is no JSON', example: EXAMPLE }),
  text: z.string().optional().meta({ description: 'In place of a value that is no JSON' }),
  base64: z.string().optional().meta({ description: 'In place of one that is no text either' }),
  headers: z.record(z.string(), z.string()).meta({ example: {} }),
  timestamp: z.iso.datetime().nullable().meta({ example: AT }),
}).meta({ id: 'Message' });
export type Message = z.infer<typeof Message>;

export const MessagePage = pageOf('MessagePage', Message);

export const WatchQuery = z.object({
  from: z.enum(['earliest', 'latest']).default('latest').meta({ description: 'Where to begin without `Last-Event-ID`' }),
  partition: WholeNumber.optional().meta({ description: 'All partitions when not given' }),
});
export type WatchQuery = z.output<typeof WatchQuery>;

export const outgoing = ({ messages }: NewMessages): OutgoingMessage[] =>
  messages.map(({ timestamp, ...message }) => ({
    ...message,
    ...(timestamp !== undefined && { timestamp: Date.parse(timestamp) }),
  }));

export const messageOf = ({ partition, offset, key, value, headers, timestamp }: StoredMessage): Message => ({
  ...{ partition, offset, key },
  ...shown(value),
  headers: { ...headers },
  timestamp: Math.abs(timestamp) <= LATEST_MS ? new Date(timestamp).toISOString() : null,
});

/** Beyond it there are no dates. */
const LATEST_MS = 8.64e15;
const MANY_DIGITS = /\d{16}/;

/** A value as JSON, or else as text, or else as bytes. */
function shown(value: Buffer | null): Pick<Message, 'value' | 'text' | 'base64'> {
  if (value === null) return { value: null };
  const text = value.toString();
  try {
    return { value: MANY_DIGITS.test(text) ? JSON.parse(text, exactly) : JSON.parse(text) };
  } catch {
    return text.includes('\uFFFD') ? { value: null, base64: value.toString('base64') } : { value: null, text };
  }
}

/** A whole number that a double cannot hold stays as it was written, as a string. */
function exactly(this: unknown, _key: string, value: unknown, context?: { readonly source?: string }): unknown {
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? (context?.source ?? value) : value;
}

function jsonProblem(value: unknown, depth: number): string | undefined {
  if (typeof value === 'number') return isInexact(value) ? INEXACT : undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  if (depth > DEEPEST) return `is nested deeper than ${DEEPEST} levels`;
  for (const part of Object.values(value)) {
    const problem = jsonProblem(part, depth + 1);
    if (problem) return problem;
  }
  return undefined;
}

const INEXACT = 'has a whole number beyond 2^53, whose last digits JSON loses on its way: send it as text';

/** Beyond 64 bits nobody means a whole number. */
const isInexact = (value: number): boolean =>
  Number.isInteger(value) && !Number.isSafeInteger(value) && Math.abs(value) <= 2 ** 64;
