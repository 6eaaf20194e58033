import { z } from 'zod';
import { pageOf } from '../../http/page.schema.js';
import { bronzeOf, DEAD_LETTERS, type NewTopic, type Topic, TOPIC_NAME, type TopicSettings } from '../topic.types.js';

const MOST_PARTITIONS = 256;
const TEN_YEARS_HOURS = 87_600;
const MEBIBYTE = 1_048_576;
const CREATED = '2026-01-31T04:00:00.100Z';

const SCHEMA_EXAMPLE = {
  type: 'object',
  properties: {
    sensor: { type: 'string', maxLength: 40 },
    at: { type: 'string', format: 'date-time' },
    celsius: { type: 'number', minimum: -90, maximum: 150 },
  },
  required: ['sensor', 'celsius'],
};

const Partitions = z.int().min(1).max(MOST_PARTITIONS).meta({
  description: 'Messages with one key are in one partition, in their order; partitions are read side by side',
  example: 3,
});
const Schema = z.record(z.string(), z.unknown()).nullable().meta({
  description: 'JSON Schema (draft 2020-12) of the values; it may grow optional fields. Without one any JSON is taken',
  example: SCHEMA_EXAMPLE,
});
const RetentionHours = z.number().min(0.01).max(TEN_YEARS_HOURS).nullable().meta({
  description: 'How long messages are kept; null for ever',
  example: 168,
});
const RetentionBytes = z.int().min(MEBIBYTE).nullable().meta({
  description: 'Bytes kept of a partition at least, the newest; null without a limit',
  example: null,
});
const Land = z.boolean().meta({ description: 'Whether it is consumed into its table in bronze', example: true });

export const NewTopicRequest = z
  .strictObject({
    name: z
      .string()
      .regex(TOPIC_NAME, 'is 1 to 200 letters, digits, ".", "_" and "-", and begins with a letter')
      .refine((name) => !name.endsWith(DEAD_LETTERS), 'ends with ".dlq" as topics of dead letters do')
      .meta({ example: 'readings' }),
    partitions: Partitions.default(1),
    schema: Schema.default(null),
    retention_hours: RetentionHours.default(168),
    retention_bytes: RetentionBytes.default(null),
    land: Land.default(true),
  })
  .meta({
    id: 'NewTopic',
    example: { name: 'readings', partitions: 3, schema: SCHEMA_EXAMPLE, retention_hours: 168, land: true },
  });
export type NewTopicRequest = z.infer<typeof NewTopicRequest>;

export const TopicChange = z
  .strictObject({
    partitions: Partitions.optional().meta({ description: 'As many or more: with more, keys move to other partitions' }),
    schema: Schema.optional(),
    retention_hours: RetentionHours.optional(),
    retention_bytes: RetentionBytes.optional(),
    land: Land.optional(),
  })
  .meta({ id: 'TopicChange', example: { retention_hours: 720 } });
export type TopicChange = z.infer<typeof TopicChange>;

export const TopicItem = z
  .object({
    name: z.string().meta({ example: 'readings' }),
    partitions: Partitions,
    schema: Schema,
    schema_version: z.int().meta({ description: 'One more with each change', example: 1 }),
    retention_hours: RetentionHours,
    retention_bytes: RetentionBytes,
    land: Land,
    table: z.string().nullable().meta({ description: 'Where it lands', example: 'bronze.readings' }),
    created_at: z.iso.datetime().meta({ example: CREATED }),
    changed_at: z.iso.datetime().meta({ example: CREATED }),
  })
  .meta({ id: 'Topic' });
export type TopicItem = z.infer<typeof TopicItem>;

export const TopicPage = pageOf('TopicPage', TopicItem);

const Range = z.object({
  partition: z.int(),
  begin: z.int().meta({ description: 'The first offset that is kept' }),
  end: z.int().meta({ description: 'The offset that the next message will have' }),
});

export const TopicDetail = TopicItem.extend({
  messages: z.int().meta({ description: 'Kept now, in all partitions' }),
  dead_letters: z.int().meta({ description: 'Waiting to be replayed' }),
  ranges: z.array(Range),
}).meta({ id: 'TopicDetail' });
export type TopicDetail = z.infer<typeof TopicDetail>;

export const LagQuery = z.object({
  group: z
    .string()
    .regex(/^[^\0]{1,249}$/, 'is the name of a group')
    .optional()
    .meta({ description: 'Of readers; those that land the topic when not given' }),
});
export type LagQuery = z.infer<typeof LagQuery>;

export const TopicLag = z
  .object({
    group: z.string().meta({ example: 'landing.readings' }),
    lag: z.int().meta({ description: 'Messages that the group has yet to read' }),
    items: z.array(
      Range.extend({
        committed: z.int().nullable().meta({ description: 'The next offset that it reads; null before its first commit' }),
        lag: z.int(),
      }),
    ),
    total: z.int().nonnegative(),
  })
  .meta({ id: 'TopicLag' });
export type TopicLag = z.infer<typeof TopicLag>;

export const topicOf = ({ name, retention_hours, retention_bytes, ...rest }: NewTopicRequest): NewTopic => ({
  ...{ name, retentionHours: retention_hours, retentionBytes: retention_bytes },
  ...rest,
});

export const changeOf = ({ retention_hours, retention_bytes, ...rest }: TopicChange): Partial<TopicSettings> => ({
  ...rest,
  ...(retention_hours !== undefined && { retentionHours: retention_hours }),
  ...(retention_bytes !== undefined && { retentionBytes: retention_bytes }),
});

export const itemOf = (topic: Topic): TopicItem => ({
  name: topic.name,
  partitions: topic.partitions,
  schema: topic.schema,
  schema_version: topic.schemaVersion,
  retention_hours: topic.retentionHours,
  retention_bytes: topic.retentionBytes,
  land: topic.land,
  table: topic.land ? bronzeOf(topic.name) : null,
  created_at: topic.createdAt.toISOString(),
  changed_at: topic.changedAt.toISOString(),
});
