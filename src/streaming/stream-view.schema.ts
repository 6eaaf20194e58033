import { z } from 'zod';
import { pageOf } from '../http/page.schema.js';
import { OPERATION_NAMES } from './definition/operations.js';

const StreamStatus = z.enum(['running', 'paused', 'failing', 'waiting']).meta({
  description:
    'failing: it is tried again by itself, and error says why it fails; waiting: no process has taken it yet, at most some seconds',
});
export type StreamStatus = z.infer<typeof StreamStatus>;

const Count = z.int().nonnegative();
const Moment = z.iso.datetime().nullable();

export const StreamSummary = z
  .object({
    name: z.string().meta({ example: 'sensor_anomalies' }),
    description: z.string(),
    topic: z.string().meta({ description: 'That it reads', example: 'sensors' }),
    operation: z.enum(OPERATION_NAMES as [string, ...string[]]).meta({ example: 'aggregate' }),
    status: StreamStatus,
    error: z.string().nullable(),
    watermark: Moment.meta({ description: 'No event before it is waited for', example: '2026-02-01T04:00:00.000Z' }),
    events: Count.meta({ description: 'Messages that were read, as of the last checkpoint, like all counts' }),
    filtered: Count.meta({ description: 'Of these, left out by the filter' }),
    late: Count.meta({ description: 'Of these, too late for their windows: in the late topic' }),
    dead_letters: Count.meta({ description: 'Of these, no events: in the dead letters of the topic' }),
    rows: Count.meta({ description: 'Rows that were written' }),
  })
  .meta({ id: 'StreamSummary' });
export type StreamSummary = z.infer<typeof StreamSummary>;

const Partition = z.object({
  partition: z.int(),
  next_offset: Count.nullable().meta({ description: 'That it reads next; null before it has read any' }),
  end_offset: Count.nullable().meta({ description: 'That will be written next; null while the log is away' }),
  lag: Count.nullable().meta({ description: 'Messages yet to be read, at most' }),
  newest_event_at: Moment,
});

export const StreamDetail = StreamSummary.extend({
  partitions: z.array(Partition),
  state: z.object({
    entries: Count.meta({ description: 'Windows and groups of which there is state' }),
    bytes: Count.meta({ description: 'As it is kept' }),
    most_entries: Count,
  }),
  checkpoint: z.object({ version: Count, at: Moment, milliseconds: Count.nullable().meta({ description: 'That it took' }) }),
  from: z.object({
    time: z.string().nullable().meta({ description: 'Field of the event time; null for the time of the message' }),
    delay_ms: Count,
    idle_ms: Count,
    ahead_ms: Count,
  }),
  to: z.object({
    topic: z.string().nullable(),
    table: z.string().nullable(),
    postgres: z.string().nullable(),
    webhook: z.boolean(),
    late: z.string(),
  }),
}).meta({ id: 'Stream' });
export type StreamDetail = z.infer<typeof StreamDetail>;

export const StreamPage = pageOf('StreamPage', StreamSummary);

export const StreamRestart = z
  .object({
    from: z
      .enum(['earliest', 'latest'])
      .default('earliest')
      .meta({ description: 'earliest: all that the topic still has', example: 'earliest' }),
  })
  .prefault({})
  .meta({ id: 'StreamRestart' });
export type StreamRestart = z.infer<typeof StreamRestart>;
