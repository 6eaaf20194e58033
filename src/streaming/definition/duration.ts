import { z } from 'zod';

const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const WRITTEN = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;

const millisecondsOf = (text: string): number => {
  const [, amount, unit] = WRITTEN.exec(text) as unknown as [string, string, keyof typeof UNITS];
  return Math.round(Number(amount) * UNITS[unit]);
};

/** A span of time, written as `500ms`, `10s`, `5m`, `2h` or `1d`; read as milliseconds. */
export const Duration = z
  .string('is a span of time, such as 500ms, 10s, 5m, 2h or 1d')
  .regex(WRITTEN, 'is a span of time, such as 500ms, 10s, 5m, 2h or 1d')
  .transform(millisecondsOf);

/** One that is longer than nothing, and not longer than a year. */
export const Span = Duration.refine((ms) => ms > 0 && ms <= 366 * UNITS.d, 'is longer than 0 and at most 366d');
