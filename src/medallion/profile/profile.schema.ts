import { z } from 'zod';
import { WholeNumber } from '../../http/whole-number.schema.js';

const maybe = z.number().nullable();

export const ColumnProfile = z
  .object({
    name: z.string().meta({ example: 'mean_delay' }),
    type: z.string().meta({ example: 'DOUBLE' }),
    nulls: z.int().nonnegative(),
    distinct: z.int().nonnegative().meta({
      description:
        'Different values: estimated, within some per cent; counted when `exact` and none is longer than 200 characters',
    }),
    min: z.string().nullable().meta({ description: 'As text, of all rows; null for nested columns' }),
    max: z.string().nullable(),
    mean: maybe.meta({ description: 'Of all rows with a finite number; null when their sum is beyond a double' }),
    stddev: maybe.meta({ description: 'Of the same rows; null when a square of them is beyond a double' }),
    lengths: z
      .object({ min: z.number(), max: z.number(), mean: z.number() })
      .nullable()
      .meta({ description: 'Of text in characters, of lists in elements' }),
    quantiles: z
      .object({ p05: z.number(), p25: z.number(), p50: z.number(), p75: z.number(), p95: z.number() })
      .nullable()
      .meta({ description: 'Of the sampled rows; times are milliseconds since 1970' }),
    top_values: z
      .array(z.object({ value: z.string(), count: z.int(), share: z.number() }))
      .meta({ description: 'The most frequent of the sampled rows, text cut to 200 characters' }),
    histogram: z
      .array(z.object({ from: z.number(), to: z.number(), count: z.int() }))
      .nullable()
      .meta({ description: 'Bins of one width over the sampled rows; the last one includes its end' }),
  })
  .meta({ id: 'ColumnProfile' });
export type ColumnProfile = z.infer<typeof ColumnProfile>;

export const Profile = z
  .object({
    dataset: z.string().meta({ example: 'gold.routes' }),
    version: z.int().nonnegative(),
    rows: z.int().nonnegative(),
    sampled_rows: z
      .int()
      .nonnegative()
      .meta({ description: 'Rows, taken at random, that quantiles, top values and histograms are of' }),
    exact: z.boolean().meta({ description: 'Whether the sample is the whole table' }),
    profiled_at: z.iso.datetime(),
    seconds: z.number(),
    columns: z.array(ColumnProfile),
  })
  .meta({ id: 'Profile' });
export type Profile = z.infer<typeof Profile>;

export const ProfileQuery = z.object({
  version: WholeNumber.optional().meta({ description: 'The newest when not given', example: 0 }),
});
export type ProfileQuery = z.output<typeof ProfileQuery>;
