import type { Metadata } from './action.js';

const DAY_MS = 86_400_000;
const UNITS_MS: Readonly<Record<string, number>> = {
  second: 1_000,
  minute: 60_000,
  hour: 3_600_000,
  day: DAY_MS,
  week: 7 * DAY_MS,
};

/** How long a removed file is remembered and kept, in milliseconds. */
export const tombstoneRetention = ({ configuration }: Metadata): number =>
  milliseconds(configuration['delta.deletedFileRetentionDuration']) ?? 7 * DAY_MS;

/** How long the log keeps the way to an older version, in milliseconds. */
export const logRetention = ({ configuration }: Metadata): number =>
  milliseconds(configuration['delta.logRetentionDuration']) ?? 30 * DAY_MS;

/** Reads `interval 7 days`, `interval 1 week 12 hours` and their like. */
function milliseconds(interval = ''): number | undefined {
  const parts = [...interval.matchAll(/(\d+)\s+(second|minute|hour|day|week)s?/gi)];
  if (parts.length === 0) return undefined;
  return parts.reduce((sum, [, count, unit]) => sum + Number(count) * UNITS_MS[unit.toLowerCase()], 0);
}
