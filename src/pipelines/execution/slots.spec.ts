import { Slots } from './slots.js';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('Slots', () => {
  it('lets no more go on than there are, in the order in which they came', async () => {
    const slots = new Slots(2);
    const begun: number[] = [];
    const ends: (() => void)[] = [];
    const all = [0, 1, 2, 3].map((number) =>
      slots.hold(() => new Promise<void>((resolve) => (begun.push(number), ends.push(resolve)))),
    );
    await turn();
    expect(begun).toEqual([0, 1]);
    ends[1]();
    await turn();
    expect(begun).toEqual([0, 1, 2]);
    ends[0]();
    await turn();
    expect(begun).toEqual([0, 1, 2, 3]);
    ends.slice(2).forEach((end) => end());
    await Promise.all(all);
  });

  it('gets a slot back from work that fails', async () => {
    const slots = new Slots(1);
    await expect(slots.hold(() => Promise.reject(new Error('no lake')))).rejects.toThrow('no lake');
    expect(await slots.hold(async () => 'well')).toBe('well');
  });
});
