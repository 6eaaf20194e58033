import { z } from 'zod';

/** Of all values so far, in the sums of Welford (1962), which lose nothing to large means. */
export const Moments = z.object({
  count: z.int().min(0),
  mean: z.number(),
  /** Squared distances from the mean. */
  squares: z.number().min(0),
});
export type Moments = z.output<typeof Moments>;

export const NO_MOMENTS: Moments = { count: 0, mean: 0, squares: 0 };

export function withValue({ count, mean, squares }: Moments, value: number): Moments {
  const step = value - mean;
  const moved = mean + step / (count + 1);
  return { count: count + 1, mean: moved, squares: squares + step * (value - moved) };
}

/** Of the population. */
export const deviationOf = ({ count, squares }: Moments): number => (count === 0 ? 0 : Math.sqrt(squares / count));
