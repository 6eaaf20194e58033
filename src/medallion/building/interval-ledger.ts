import type { DoneRange } from '../lake.types.js';
import type { Interval } from '../models/interval.js';

/** Why intervals are made. */
export interface Wanted {
  /** All that are over. */
  readonly due: readonly Interval[];
  /** How many of the newest are made again when their inputs have changed. */
  readonly lookback: number;
  /** Names what the model reads now. */
  readonly inputs: string;
  /** Made again, whatever is recorded, but once in this run. */
  readonly again?: Interval & { readonly run: string };
}

/** Which intervals of a model stand in its table: it is read from a commit and written with the next. */
export class IntervalLedger {
  constructor(readonly done: readonly DoneRange[]) {}

  /** Of those that are over the ones that are not there, or not as they should be. */
  open({ due, lookback, inputs, again }: Wanted): Interval[] {
    const recent = new Set(due.slice(due.length - Math.min(lookback, due.length)));
    return due.filter((interval) => {
      const found = this.find(interval);
      if (!found) return again === undefined || isWithin(interval, again);
      if (again !== undefined) return isWithin(interval, again) && found.run !== again.run;
      return recent.has(interval) && found.inputs !== inputs;
    });
  }

  /** The ledger as the commit of an interval leaves it: older inputs than may be asked for, and other runs, are forgotten. */
  with(interval: Interval, { due, lookback, inputs, again }: Wanted): IntervalLedger {
    const oldest = due.at(-Math.min(lookback, due.length))?.start;
    const isOpen = ({ end }: DoneRange): boolean => lookback > 0 && oldest !== undefined && new Date(end) > oldest;
    const entry: DoneRange = {
      start: interval.start.toISOString(),
      end: interval.end.toISOString(),
      inputs,
      ...(again ? { run: again.run } : {}),
    };
    const others = this.done.flatMap((range) => without(range, entry));
    const ranges = [...others, entry]
      .map(({ inputs: from, run, ...range }) => ({
        ...range,
        ...(from !== undefined && isOpen(range) ? { inputs: from } : {}),
        ...(run !== undefined && run === again?.run ? { run } : {}),
      }))
      .sort((left, right) => (left.start < right.start ? -1 : 1));
    return new IntervalLedger(merged(ranges));
  }

  private find({ start, end }: Interval): DoneRange | undefined {
    const [from, to] = [start.toISOString(), end.toISOString()];
    return this.done.find((range) => range.start <= from && range.end >= to);
  }
}

const isWithin = (interval: Interval, range: Interval): boolean => interval.start >= range.start && interval.end <= range.end;

/** What is left of a range when another is taken out of it. Times in ISO's form are in order as text. */
function without(range: DoneRange, { start, end }: DoneRange): DoneRange[] {
  if (range.end <= start || range.start >= end) return [range];
  return [...(range.start < start ? [{ ...range, end: start }] : []), ...(range.end > end ? [{ ...range, start: end }] : [])];
}

function merged(ranges: readonly DoneRange[]): DoneRange[] {
  const result: DoneRange[] = [];
  for (const range of ranges) {
    const last = result.at(-1);
    if (last && last.end === range.start && last.inputs === range.inputs && last.run === range.run) {
      result[result.length - 1] = { ...last, end: range.end };
    } else result.push(range);
  }
  return result;
}
