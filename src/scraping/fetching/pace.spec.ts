import { Pace } from './pace.js';

const NEVER = new AbortController().signal;

describe('Pace', () => {
  let sleeps: number[];
  beforeEach(() => (sleeps = []));

  /** Time stands still: all come at once. */
  const aPace = (perSecond: number): Pace =>
    new Pace(perSecond, { now: () => 0, sleep: async (milliseconds) => void sleeps.push(milliseconds) });
  const threeTurns = async (pace: Pace): Promise<number[]> => {
    for (let i = 0; i < 3; i++) await pace.turn(NEVER);
    return sleeps;
  };

  it('lets one through at a time', async () => expect(await threeTurns(aPace(2))).toEqual([500, 1000]));

  it('holds nobody up where there is no limit', async () => expect(await threeTurns(aPace(Infinity))).toEqual([]));

  it('goes slower when asked to, and not faster', async () => {
    const pace = aPace(2);
    pace.slowDown(1);
    pace.slowDown(100);
    expect(await threeTurns(pace)).toEqual([1000, 2000]);
  });

  it('rests for all', async () => {
    const pace = aPace(1000);
    pace.rest(5000);
    expect(await threeTurns(pace)).toEqual([5000, 5001, 5002]);
  });

  it('lets nobody through who has been told to stop', async () => {
    await expect(new Pace(1).turn(AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
  });
});
