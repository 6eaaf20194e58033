import { dueIntervals, type Interval } from '../models/interval.js';
import { IntervalLedger, type Wanted } from './interval-ledger.js';

const due = dueIntervals({ every: 'day', start: '2001-01-01', end: '2001-01-06', lookback: 0 }, new Date());
const aWish = (overrides: Partial<Wanted> = {}): Wanted => ({ due, reopened: [], ...overrides });
const days = (intervals: readonly Interval[]): number[] => intervals.map(({ start }) => start.getUTCDate());
const after = (intervals: readonly Interval[], wish = aWish()): IntervalLedger =>
  intervals.reduce((ledger, interval) => ledger.with(interval, wish), new IntervalLedger([]));

describe('IntervalLedger', () => {
  it('asks for what is not there, gaps among them', () => {
    expect(days(after([due[0], due[1], due[3]]).open(aWish()))).toEqual([3, 5]);
  });

  it('keeps intervals that touch as one', () => {
    expect(after(due).done).toEqual([{ start: '2001-01-01T00:00:00.000Z', end: '2001-01-06T00:00:00.000Z' }]);
  });

  it('asks for those again that are reopened, until they are made', () => {
    const wish = aWish({ reopened: [due[1], due[3]] });
    expect(days(after(due).open(wish))).toEqual([2, 4]);
    const killed = after(due).with(due[1], wish);
    expect(days(killed.open(aWish()))).toEqual([4]);
    expect(days(killed.with(due[3], aWish()).open(aWish()))).toEqual([]);
  });

  it('asks for a range again until the run that wants it has made it', () => {
    const again = { start: due[1].start, end: due[2].end, run: 'r' };
    const ledger = after(due);
    expect(days(ledger.open(aWish({ again })))).toEqual([2, 3]);
    const killed = ledger.with(due[1], aWish({ again, reopened: [due[4]] }));
    expect(days(killed.open(aWish({ again })))).toEqual([3]);
    expect(days(killed.open(aWish()))).toEqual([5]);
  });

  it('has months and years of the length that they have', () => {
    const months = dueIntervals({ every: 'month', start: '2001-01-01', end: '2001-04-01', lookback: 0 }, new Date());
    expect(months.map(({ end }) => end.toISOString().slice(0, 10))).toEqual(['2001-02-01', '2001-03-01', '2001-04-01']);
    const years = dueIntervals({ every: 'year', start: '2000-01-01', lookback: 0 }, new Date('2002-06-01'));
    expect(years).toHaveLength(2);
  });
});
