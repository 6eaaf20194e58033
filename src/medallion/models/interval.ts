export const INTERVAL_UNITS = ['hour', 'day', 'week', 'month', 'year'] as const;
export type IntervalUnit = (typeof INTERVAL_UNITS)[number];

/** From its beginning up to its end, which is no longer in it. */
export interface Interval {
  readonly start: Date;
  readonly end: Date;
}

/** How a model divides time, as its header has it. */
export interface IntervalPlan {
  readonly every: IntervalUnit;
  readonly start: string;
  readonly end?: string;
  readonly lookback: number;
}

const HOUR_MS = 3_600_000;
const FIXED_MS: Partial<Record<IntervalUnit, number>> = { hour: HOUR_MS, day: 24 * HOUR_MS, week: 7 * 24 * HOUR_MS };

/** More of them no model can be made of in a sensible time: it is more than a century of hours. */
export const MOST_INTERVALS = 1_000_000;

/** The intervals that are over by now, in order. */
export function dueIntervals(plan: IntervalPlan, now: Date): Interval[] {
  const boundary = boundaryOf(plan);
  const boundaries = Array.from({ length: countOver(plan, now) + 1 }, (_, index) => boundary(index));
  return boundaries.slice(1).map((end, index) => ({ start: boundaries[index], end }));
}

/** How many intervals are over by now. */
export function countOver(plan: IntervalPlan, now: Date): number {
  return indexOf(plan, new Date(Math.min(now.getTime(), plan.end === undefined ? Infinity : Date.parse(plan.end))));
}

/** The boundaries of intervals nearest to a time: the same twice when it is one itself. */
export function boundariesAround(plan: IntervalPlan, time: Date): readonly [Date, Date] {
  const boundary = boundaryOf(plan);
  const index = indexOf(plan, time);
  const before = boundary(index);
  return [before, before >= time ? before : boundary(index + 1)];
}

/** Of the last boundary that is not after a time; 0 before them all. */
function indexOf(plan: IntervalPlan, time: Date): number {
  const first = new Date(plan.start);
  const fixed = FIXED_MS[plan.every];
  if (fixed !== undefined) return Math.max(0, Math.floor((time.getTime() - first.getTime()) / fixed));
  const months = (time.getUTCFullYear() - first.getUTCFullYear()) * 12 + time.getUTCMonth() - first.getUTCMonth();
  const index = Math.floor(months / monthsOf(plan.every));
  return Math.max(0, boundaryOf(plan)(index) > time ? index - 1 : index);
}

const monthsOf = (every: IntervalUnit): number => (every === 'year' ? 12 : 1);

/** @returns the beginning of an interval by its index */
function boundaryOf({ every, start }: IntervalPlan): (index: number) => Date {
  const first = Date.parse(start);
  const fixed = FIXED_MS[every];
  if (fixed !== undefined) return (index) => new Date(first + index * fixed);
  return (index) => {
    const moved = new Date(first);
    moved.setUTCMonth(moved.getUTCMonth() + index * monthsOf(every));
    return moved;
  };
}

export const asTime = (time: Date): string => `CAST('${time.toISOString()}' AS TIMESTAMP WITH TIME ZONE)`;

export const toText = ({ start, end }: Interval): string => `${shortened(start)} to ${shortened(end)}`;

const shortened = (time: Date): string => time.toISOString().replace(/(T00:00)?:00\.000Z$/, (_, midnight) => (midnight ? '' : 'Z'));
