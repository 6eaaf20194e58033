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

/** The intervals that are over by now, in order. */
export function dueIntervals(plan: IntervalPlan, now: Date): Interval[] {
  const last = Math.min(now.getTime(), plan.end === undefined ? Infinity : Date.parse(plan.end));
  const due: Interval[] = [];
  for (let index = 0; boundary(plan, index + 1).getTime() <= last; index++) {
    due.push({ start: boundary(plan, index), end: boundary(plan, index + 1) });
  }
  return due;
}

/** The boundaries of intervals nearest to a time: the same twice when it is one itself. */
export function boundariesAround(plan: IntervalPlan, time: Date): readonly [Date, Date] {
  let index = 0;
  while (boundary(plan, index + 1) <= time) index++;
  const before = boundary(plan, index);
  return [before, before >= time ? before : boundary(plan, index + 1)];
}

function boundary({ every, start }: IntervalPlan, index: number): Date {
  const first = new Date(start);
  const fixed = FIXED_MS[every];
  if (fixed !== undefined) return new Date(first.getTime() + index * fixed);
  const moved = new Date(first);
  moved.setUTCMonth(first.getUTCMonth() + index * (every === 'year' ? 12 : 1));
  return moved;
}

export const asTime = (time: Date): string => `CAST('${time.toISOString()}' AS TIMESTAMP WITH TIME ZONE)`;

export const toText = ({ start, end }: Interval): string => `${shortened(start)} to ${shortened(end)}`;

const shortened = (time: Date): string => time.toISOString().replace(/(T00:00)?:00\.000Z$/, (_, midnight) => (midnight ? '' : 'Z'));
