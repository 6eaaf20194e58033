import { jest } from '@jest/globals';
import { Pace } from './pace.js';

describe('Pace', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  const NEVER = new AbortController().signal;
  /** When each of three turns came, in milliseconds. */
  const turns = async (pace: Pace): Promise<number[]> => {
    const start = performance.now();
    const times: number[] = [];
    const all = Promise.all([1, 2, 3].map(() => pace.turn(NEVER).then(() => times.push(performance.now() - start))));
    await jest.advanceTimersByTimeAsync(10_000);
    await all;
    return times;
  };

  it('lets one through at a time', async () => expect(await turns(new Pace(2))).toEqual([0, 500, 1000]));

  it('holds nobody up where there is no limit', async () => expect(await turns(new Pace(Infinity))).toEqual([0, 0, 0]));

  it('goes slower when asked to, and not faster', async () => {
    const pace = new Pace(2);
    pace.slowDown(1);
    pace.slowDown(100);
    expect(await turns(pace)).toEqual([0, 1000, 2000]);
  });

  it('rests for all', async () => {
    const pace = new Pace(1000);
    pace.rest(5000);
    expect(await turns(pace)).toEqual([5000, 5001, 5002]);
  });

  it('lets nobody through who has been told to stop', async () => {
    await expect(new Pace(1).turn(AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
  });
});
