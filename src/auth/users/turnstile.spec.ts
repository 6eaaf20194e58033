import { setTimeout as wait } from 'node:timers/promises';
import { Turnstile } from './turnstile.js';

describe('Turnstile', () => {
  const turnstile = new Turnstile(2, 3, () => new Error('full'));
  const after = async (ms: number, value: number): Promise<number> => {
    await wait(ms);
    return value;
  };

  it('lets no more through at once than it has places', async () => {
    let [inside, most] = [0, 0];
    const task = async (): Promise<void> => {
      most = Math.max(most, ++inside);
      await wait(1);
      inside--;
    };
    await Promise.all(Array.from({ length: 5 }, () => turnstile.pass(task)));
    expect(most).toBe(2);
  });

  it('keeps the order in which they came', async () => {
    const order: number[] = [];
    await Promise.all([1, 2, 3, 4].map((i) => turnstile.pass(async () => void order.push(await after(1, i)))));
    expect(order).toEqual([1, 2, 3, 4]);
  });

  it('turns away who finds the queue full', async () => {
    const answers = await Promise.allSettled([1, 2, 3, 4, 5, 6].map((i) => turnstile.pass(() => after(1, i))));
    expect(answers.map(({ status }) => status)).toEqual([...Array<string>(5).fill('fulfilled'), 'rejected']);
  });

  it('frees the place of a task that failed', async () => {
    const failures = [1, 2, 3].map(() => turnstile.pass(() => Promise.reject(new Error('broken'))));
    await Promise.allSettled(failures);
    expect(await turnstile.pass(() => after(0, 7))).toBe(7);
  });
});
