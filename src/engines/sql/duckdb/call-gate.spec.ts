import { CallGate } from './call-gate.js';

describe('CallGate', () => {
  const never = new AbortController().signal;
  const aTask = () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    let started = false;
    const work = () => {
      started = true;
      return promise;
    };
    return { work, finish: resolve, started: () => started };
  };
  const settle = () => new Promise((resolve) => setImmediate(resolve));

  it('lets as many run as it was told, and the next in order when one is done', async () => {
    const gate = new CallGate(2);
    const tasks = Array.from({ length: 4 }, aTask);
    const all = Promise.all(tasks.map(({ work }) => gate.run(never, work)));
    await settle();
    expect(tasks.map(({ started }) => started())).toEqual([true, true, false, false]);
    tasks[1].finish();
    await settle();
    expect(tasks.map(({ started }) => started())).toEqual([true, true, true, false]);
    tasks.forEach(({ finish }) => finish());
    await all;
  });

  it('gives the place on when the work fails', async () => {
    const gate = new CallGate(1);
    await expect(gate.run(never, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await gate.run(never, async () => 'next')).toBe('next');
  });

  it('lets who waits go away with the reason, and loses no place by it', async () => {
    const gate = new CallGate(1);
    const [first, impatient, patient] = [aTask(), aTask(), aTask()];
    const controller = new AbortController();
    const running = gate.run(never, first.work);
    const waiting = gate.run(controller.signal, impatient.work);
    const last = gate.run(never, patient.work);
    controller.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    first.finish();
    patient.finish();
    await Promise.all([running, last]);
    expect([impatient.started(), patient.started()]).toEqual([false, true]);
  });
});
