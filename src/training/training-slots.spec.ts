import { TrainingSlots } from './training-slots.js';

const never = new AbortController().signal;

describe('TrainingSlots', () => {
  it('lets in as many as there are, the others in the order in which they came', async () => {
    const slots = new TrainingSlots(2);
    const done: number[] = [];
    let inside = 0;
    let most = 0;
    const work = (number: number) => async (): Promise<void> => {
      most = Math.max(most, ++inside);
      await new Promise((resolve) => setImmediate(resolve));
      inside--;
      done.push(number);
    };
    await Promise.all([1, 2, 3, 4, 5].map((number) => slots.with(never, work(number))));
    expect([most, done]).toEqual([2, [1, 2, 3, 4, 5]]);
  });

  it('frees the slot of work that fails', async () => {
    const slots = new TrainingSlots(1);
    await expect(slots.with(never, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    expect(await slots.with(never, async () => 'next')).toBe('next');
  });

  it('lets those who are stopped leave the queue without a trace', async () => {
    const slots = new TrainingSlots(1);
    const stop = new AbortController();
    const gate = Promise.withResolvers<void>();
    const first = slots.with(never, () => gate.promise);
    const second = slots.with(stop.signal, async () => 'second');
    const third = slots.with(never, async () => 'third');
    stop.abort(new Error('stopped'));
    await expect(second).rejects.toThrow('stopped');
    gate.resolve();
    await first;
    expect(await third).toBe('third');
  });
});
