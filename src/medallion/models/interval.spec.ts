import { boundariesAround, countOver, dueIntervals, type IntervalPlan } from './interval.js';

const aPlan = (overrides: Partial<IntervalPlan> = {}): IntervalPlan => ({
  ...{ every: 'day', start: '2001-01-01', lookback: 0 },
  ...overrides,
});

describe('boundaries of intervals around a time', () => {
  it.each([
    ['hour', '2001-01-01', '2001-01-02T05:30:00Z', '2001-01-02T05:00', '2001-01-02T06:00'],
    ['day', '2001-01-01T06:00:00Z', '2001-01-03', '2001-01-02T06:00', '2001-01-03T06:00'],
    ['week', '2001-01-01', '2001-01-10', '2001-01-08T00:00', '2001-01-15T00:00'],
    ['month', '2000-11-01', '2001-02-28', '2001-02-01T00:00', '2001-03-01T00:00'],
    ['month', '2000-11-01T06:00:00Z', '2001-02-01', '2001-01-01T06:00', '2001-02-01T06:00'],
    ['year', '2000-11-01', '2002-10-31', '2001-11-01T00:00', '2002-11-01T00:00'],
    ['hour', '2001-01-01', '9999-12-31T22:30:00Z', '9999-12-31T22:00', '9999-12-31T23:00'],
  ] as const)('are those of its %s from %s on: %s', (every, start, time, before, after) => {
    const found = boundariesAround(aPlan({ every, start }), new Date(time));
    expect(found.map((each) => each.toISOString().slice(0, 16))).toEqual([before, after]);
  });

  it.each([
    ['hour', '2001-03-01T07:00:00Z'],
    ['month', '2001-03-01'],
    ['year', '2004-01-01'],
  ] as const)('are the same twice for one itself: %s %s', (every, time) => {
    expect(boundariesAround(aPlan({ every }), new Date(time))).toEqual([new Date(time), new Date(time)]);
  });

  it('are the first ones before them all', () => {
    const first = new Date('2001-01-01');
    expect(boundariesAround(aPlan({ every: 'month' }), new Date('2000-01-15'))).toEqual([first, first]);
  });
});

describe('intervals that are over', () => {
  it('follow each other without a gap, and none has begun only', () => {
    const due = dueIntervals(aPlan({ every: 'month' }), new Date('2001-03-31T23:59:59Z'));
    expect(due).toEqual([
      { start: new Date('2001-01-01'), end: new Date('2001-02-01') },
      { start: new Date('2001-02-01'), end: new Date('2001-03-01') },
    ]);
  });

  it('are none before the first is, and none behind the end', () => {
    expect(dueIntervals(aPlan(), new Date('2000-06-01'))).toEqual([]);
    expect(countOver(aPlan({ end: '2001-01-03' }), new Date('2020-01-01'))).toBe(2);
  });
});
