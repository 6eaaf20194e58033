/** Half-open: it holds what is at `start`, and not what is at `end`. Milliseconds since 1970. */
export interface Interval {
  readonly start: number;
  readonly end: number;
}

export interface Grid {
  readonly size: number;
  /** From the beginning of one window to that of the next; equal to the size when windows do not overlap. */
  readonly every: number;
  /** Of the windows against 1 January 1970. */
  readonly offset: number;
}

/** @returns the beginnings of all windows that hold a time, ascending */
export function startsOf(time: number, { size, every, offset }: Grid): number[] {
  const last = Math.floor((time - offset) / every) * every + offset;
  const starts: number[] = [];
  for (let start = last; start > time - size; start -= every) starts.unshift(start);
  return starts;
}

/** Sessions that share a moment are one. */
export const touches = (one: Interval, other: Interval): boolean => one.start < other.end && other.start < one.end;
