import { Pace } from './pace.js';

const SETTINGS = { gatherMs: 400, steadyMs: 5_000, backlog: 100 };

describe('Pace', () => {
  const held = (partition: number, signal = new AbortController().signal) => ({ partition, signal });
  const aPace = (): Pace => new Pace(SETTINGS);

  it('lets the first message of a quiet topic wait a moment', () => {
    const pace = aPace();
    pace.gathered(held(0), 0);
    expect([pace.hasCaughtUp, pace.wait(60_000)]).toEqual([false, 400]);
  });

  it('lets messages that keep coming wait until some time after the last commit', () => {
    const pace = aPace();
    pace.committed(60_000);
    pace.gathered(held(0), 0);
    expect([pace.wait(61_000), pace.wait(64_900)]).toEqual([4_000, 400]);
  });

  it('lets a few messages that are behind not count as a backlog', () => {
    const pace = aPace();
    pace.gathered(held(0), 99);
    pace.gathered(held(0), 0);
    expect(pace.hasCaughtUp).toBe(false);
  });

  it('commits the last of a backlog as soon as no partition has more', () => {
    const pace = aPace();
    pace.gathered(held(0), 60);
    pace.gathered(held(1), 60);
    pace.gathered(held(0), 0);
    expect([pace.hasCaughtUp, pace.wait(60_000)]).toEqual([false, 5_000]);
    pace.gathered(held(1), 0);
    expect(pace.hasCaughtUp).toBe(true);
    pace.begun();
    pace.gathered(held(0), 0);
    expect(pace.hasCaughtUp).toBe(false);
  });

  it('does not wait for a partition that was given back', () => {
    const pace = aPace();
    pace.gathered(held(0, AbortSignal.abort()), 500);
    pace.gathered(held(1), 100);
    pace.gathered(held(1), 0);
    expect(pace.hasCaughtUp).toBe(true);
  });

  it('takes a backlog that does not come for none', () => {
    const pace = aPace();
    pace.gathered(held(0), 100);
    pace.timedOut();
    pace.committed(60_000);
    expect(pace.wait(70_000)).toBe(400);
  });
});
