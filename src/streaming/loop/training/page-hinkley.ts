import { z } from 'zod';

/** What the test remembers. */
export const PageHinkley = z.object({
  count: z.int().min(0),
  mean: z.number(),
  /** How far the values went above their mean, summed, less what is tolerated. */
  sum: z.number(),
  least: z.number(),
  /** How many values there were when the sum was least: a change began there. */
  leastAt: z.int().min(0),
});
export type PageHinkley = z.output<typeof PageHinkley>;

export const UNDISTURBED: PageHinkley = { count: 0, mean: 0, sum: 0, least: 0, leastAt: 0 };

export interface Sensitivity {
  /** A rise that counts for nothing. */
  readonly tolerance: number;
  /** The sum of rises that is an alarm: higher is later, and more rarely wrong. */
  readonly threshold: number;
}

/** Page (1954), as Gama et al. (2014) use it on the errors of a model: looks for a rise of the mean, never for a fall. */
export function withError(
  { count, mean, sum, least, leastAt }: PageHinkley,
  error: number,
  { tolerance }: Sensitivity,
): PageHinkley {
  const moved = mean + (error - mean) / (count + 1);
  const next = sum + error - moved - tolerance;
  const isLeast = next < least;
  return { count: count + 1, mean: moved, sum: next, least: isLeast ? next : least, leastAt: isLeast ? count + 1 : leastAt };
}

export const isAlarmed = ({ sum, least }: PageHinkley, { threshold }: Sensitivity): boolean => sum - least > threshold;
