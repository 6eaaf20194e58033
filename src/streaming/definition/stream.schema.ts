import { z } from 'zod';
import { DEAD_LETTERS, TOPIC_NAME } from '../../ingestion/topic.types.js';
import { Duration, Span } from './duration.js';
import { FieldPath } from './field.js';
import { Condition } from './filter.js';
import { OPERATION_NAMES, OPERATIONS } from './operations.js';

const TopicName = z.string().regex(TOPIC_NAME, 'is 1 to 200 letters, digits, ".", "_" and "-", and begins with a letter');

/** One that a stream writes to. */
const OwnTopic = TopicName.refine((name) => !name.endsWith(DEAD_LETTERS), `ends with "${DEAD_LETTERS}", as dead letters do`);

export const StreamName = z
  .string()
  .regex(/^[a-z][a-z0-9_]*$/, 'is made of lower case letters, digits and underscores, a letter first')
  .max(60);

const From = z.strictObject({
  topic: TopicName,
  time: FieldPath.optional().meta({
    description:
      'The field that says when it happened: ISO 8601 text (UTC where it has no zone) or milliseconds since 1970. The time of the message when absent',
  }),
  start: z.enum(['earliest', 'latest']).default('earliest').meta({ description: 'Where the stream begins that has never run' }),
  delay: Duration.default(10_000).meta({
    description: 'How long events may be under way: the watermark is so far behind the newest event of a partition',
    examples: ['10s'],
  }),
  idle: Span.default(30_000).meta({
    description: 'A partition that gave nothing for so long is not waited for',
    examples: ['30s'],
  }),
  ahead: Span.default(60_000).meta({
    description:
      'An event from further ahead of our clock is a dead letter: taken in, it would close every window before its time',
    examples: ['1m'],
  }),
});

const To = z
  .strictObject({
    topic: OwnTopic.optional().meta({ description: 'Made when it is not there. Each message has an id in its headers' }),
    table: z
      .string()
      .regex(/^(silver|gold)\.[a-z][a-z0-9_]*$/, 'is a table of the lake that no model builds: gold.<name> or silver.<name>')
      .optional()
      .meta({ description: 'A Delta table', examples: ['gold.sensor_minutes'] }),
    postgres: z
      .string()
      .regex(/^[a-z][a-z0-9_]*$/, 'is a name of lower case letters, digits and underscores, a letter first')
      .max(60)
      .optional()
      .meta({ description: 'A table in the schema streams of PostgreSQL' }),
    webhook: z.boolean().default(false).meta({
      description: 'Whether each row is told to WEBHOOK_URL, signed. What it does not take after some attempts is told no more',
    }),
    late: OwnTopic.optional().meta({ description: 'Where late events go; <name of the stream>.late when absent' }),
  })
  .refine(({ topic, table, postgres, webhook }) => webhook || (topic ?? table ?? postgres), {
    message: 'needs at least one of topic, table, postgres and webhook',
  });

/** A file of `workspace/streams`; its JSON schema is for editors. */
export const StreamFile = z
  .strictObject({
    name: StreamName,
    description: z.string().default(''),
    sample: z.boolean().default(false).meta({ description: 'Only there when SAMPLES is on' }),
    from: From,
    filter: z.array(Condition).default([]).meta({ description: 'Events are left out for which one of these is not true' }),
    ...OPERATIONS,
    to: To,
    checkpoint: Span.default(5_000).meta({
      description: 'How often offsets, state and output become durable together, and readers see news',
      examples: ['5s'],
    }),
    most_entries: z.int().min(1).max(50_000_000).default(1_000_000).meta({
      description:
        'Windows and groups of which there is state at once; with more the stream stops with an error, not the process',
    }),
  })
  .superRefine((file, issues) => {
    const given = OPERATION_NAMES.filter((name) => file[name] !== undefined);
    if (given.length !== 1) {
      issues.addIssue({
        code: 'custom',
        message: `needs one of ${OPERATION_NAMES.join(', ')}${given.length > 1 ? ', not both' : ''}`,
        path: given.slice(1, 2),
      });
    }
    const written = { topic: file.to.topic, late: file.to.late };
    for (const [key, topic] of Object.entries(written)) {
      if (topic === file.from.topic) {
        issues.addIssue({ code: 'custom', message: 'is the topic that it reads', path: ['to', key] });
      }
    }
  })
  .meta({ title: 'A stream of DataFlow Lab' });
export type StreamFile = z.output<typeof StreamFile>;

/** A stream that was checked. */
export type StreamDeclaration = StreamFile & {
  /** Of all that its state and offsets hang on: with another one they mean something else. */
  readonly fingerprint: string;
};

/** Where events go that came too late. */
export const lateTopicOf = ({ name, to }: StreamFile): string => to.late ?? `${name}.late`;
