import { z } from 'zod';

const TABLE = /^[A-Za-z0-9][A-Za-z0-9_-]*\.[A-Za-z0-9][A-Za-z0-9_-]*$/;
/** Longer than anything that is written by hand, and short enough that nobody waits for its parser. */
const MOST_CHARACTERS = 100_000;

export const Format = z.enum(['json', 'csv', 'parquet', 'arrow']);
export type Format = z.infer<typeof Format>;

const Version = z.int().min(0).meta({ description: 'A Delta version', example: 0 });
const Time = z.iso.datetime({ offset: true }).meta({ description: 'A time: the newest version that was there' });

export const AsOf = z
  .union([Time, z.record(z.string().regex(TABLE, 'names a table as layer.name'), z.union([Version, Time]))])
  .meta({ description: 'Reads the tables as they were: all at one time, or each at a version or time of its own' });
export type AsOf = z.infer<typeof AsOf>;

export const SqlRequest = z
  .strictObject({
    sql: z
      .string()
      .min(1)
      .max(MOST_CHARACTERS)
      .refine((text) => !text.includes('\0'), 'holds a NUL')
      .meta({ description: 'One SELECT; tables are named as datasets are' }),
    limit: z
      .int()
      .min(1)
      .max(1_000_000_000)
      .optional()
      .meta({ description: 'Rows at most: 1000 when not given for JSON, otherwise all; QUERY_MAX_ROWS holds whatever is asked' }),
    timeout_ms: z
      .int()
      .min(1)
      .max(86_400_000)
      .optional()
      .meta({ description: 'How long it may take; QUERY_TIMEOUT_SECONDS at most' }),
    as_of: AsOf.optional(),
    format: Format.optional().meta({ description: 'What to answer; the header Accept says it too' }),
  })
  .meta({
    id: 'SqlRequest',
    example: {
      sql: 'SELECT origin, sum(flights) AS flights, avg(mean_delay) AS mean_delay\nFROM gold.routes GROUP BY origin ORDER BY flights DESC',
      limit: 10,
      as_of: { 'gold.routes': 0 },
    },
  });
export type SqlRequest = z.infer<typeof SqlRequest>;

export const SqlAnswer = z
  .object({
    columns: z.array(z.object({ name: z.string(), type: z.string() })).meta({ example: [{ name: 'origin', type: 'VARCHAR' }] }),
    rows: z.array(z.record(z.string(), z.unknown())).meta({ example: [{ origin: 'SFO' }] }),
    row_count: z.int().nonnegative().meta({ example: 1 }),
    truncated: z.boolean().meta({ description: 'There are more rows than the limit, or than one answer of JSON holds' }),
    elapsed_ms: z.int().nonnegative().meta({ example: 12 }),
  })
  .meta({ id: 'SqlAnswer' });
export type SqlAnswer = z.infer<typeof SqlAnswer>;
