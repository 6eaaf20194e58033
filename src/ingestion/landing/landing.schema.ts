import { z } from 'zod';

const MOST_OFFSET = Number.MAX_SAFE_INTEGER;
const offset = z.int().min(0).max(MOST_OFFSET);
const partition = z.int().min(0).max(100_000);

export const LandingState = z
  .object({
    topic: z.string().meta({ example: 'readings' }),
    table: z.string().meta({ example: 'bronze.readings' }),
    status: z.enum(['landing', 'paused', 'troubled', 'off']).meta({
      description:
        '`troubled`: messages do not land, `trouble` says why; it is tried again all the time. `off`: the topic does not land',
    }),
    trouble: z.string().nullable(),
    partitions: z.array(
      z.object({
        partition: z.int(),
        begin: z.int().meta({ description: 'The first offset that the topic still holds' }),
        end: z.int().meta({ description: 'The offset that the next message gets' }),
        landed: z.int().nullable().meta({ description: 'The next offset to land; null while nothing has' }),
        lag: z.int().nonnegative().meta({ description: 'Messages that have yet to land, at most' }),
      }),
    ),
  })
  .meta({ id: 'LandingState' });
export type LandingState = z.infer<typeof LandingState>;

export const ReplayRequest = z
  .strictObject({
    positions: z
      .array(z.strictObject({ partition, offset }))
      .min(1)
      .max(10_000)
      .refine(
        (positions) => new Set(positions.map((each) => each.partition)).size === positions.length,
        'names a partition twice',
      )
      .optional()
      .meta({ description: 'Where to go on, of the partitions that are to move', example: [{ partition: 0, offset: 0 }] }),
    time: z.iso
      .datetime({ offset: true })
      .optional()
      .meta({ description: 'Every partition goes on at its first message of this time or later' }),
  })
  .refine(({ positions, time }) => (positions === undefined) !== (time === undefined), 'takes either "positions" or "time"')
  .meta({ id: 'ReplayRequest', examples: [{ positions: [{ partition: 0, offset: 0 }] }, { time: '2026-01-01T00:00:00Z' }] });
export type ReplayRequest = z.infer<typeof ReplayRequest>;

export const Replayed = z
  .object({
    topic: z.string(),
    table: z.string(),
    version: z
      .int()
      .nullable()
      .meta({ description: 'Delta version of the table without the rows; null when there was nothing to do' }),
    rows_removed: z.int().nonnegative().meta({ description: 'Rows that land anew' }),
    partitions: z.array(
      z.object({
        partition: z.int(),
        from: z.int().nullable().meta({ description: 'Where it stood' }),
        to: z.int().meta({ description: 'Where it goes on' }),
        passed_over: z.int().nonnegative().meta({ description: 'Messages between, at most, that will not be in the table' }),
      }),
    ),
  })
  .meta({ id: 'Replayed' });
export type Replayed = z.infer<typeof Replayed>;
