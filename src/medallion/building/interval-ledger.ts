import type { DoneRange } from '../lake.types.js';
import type { Interval } from '../models/interval.js';

/** Why intervals are made. */
export interface Wanted {
  /** All that are over. */
  readonly due: readonly Interval[];
  /** Of those that stand there, the ones that are made again. */
  readonly reopened: readonly Interval[];
  /** Made again, whatever is recorded, but once in this run. */
  readonly again?: Interval & { readonly run: string };
}

/** Which intervals of a model stand in its table: it is read from a commit and written with the next. */
export class IntervalLedger {
  private readonly times: readonly { readonly range: DoneRange; readonly start: number; readonly end: number }[];

  constructor(readonly done: readonly DoneRange[]) {
    this.times = done.map((range) => ({ range, start: Date.parse(range.start), end: Date.parse(range.end) }));
  }

  holds(interval: Interval): boolean {
    return this.find(interval) !== undefined;
  }

  /** Of those that are over the ones that are not there, or not as they should be. */
  open({ due, reopened, again }: Wanted): Interval[] {
    const wanted = new Set(reopened);
    return due.filter((interval) => {
      const found = this.find(interval);
      if (again !== undefined) return isWithin(interval, again) && (!found || found.run !== again.run);
      return !found || wanted.has(interval);
    });
  }

  /**
   * The ledger as the commit of an interval leaves it. Those that are made again stand there no more until they are, so that a
   * build that comes after one that was killed knows of them.
   */
  with(interval: Interval, { reopened, again }: Omit<Wanted, 'due'>): IntervalLedger {
    const entry: DoneRange = { ...rangeOf(interval), ...(again ? { run: again.run } : {}) };
    const gone = [entry, ...reopened.map(rangeOf)];
    const others = gone.reduce<readonly DoneRange[]>((kept, range) => kept.flatMap((each) => without(each, range)), this.done);
    const ranges = [...others, entry]
      .map(({ run, ...range }) => ({ ...range, ...(run !== undefined && run === again?.run ? { run } : {}) }))
      .sort((left, right) => (left.start < right.start ? -1 : 1));
    return new IntervalLedger(merged(ranges));
  }

  private find({ start, end }: Interval): DoneRange | undefined {
    const [from, to] = [start.getTime(), end.getTime()];
    return this.times.find((range) => range.start <= from && range.end >= to)?.range;
  }
}

const rangeOf = ({ start, end }: Interval): DoneRange => ({ start: start.toISOString(), end: end.toISOString() });

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
    if (last && last.end === range.start && last.run === range.run) {
      result[result.length - 1] = { ...last, end: range.end };
    } else result.push(range);
  }
  return result;
}
