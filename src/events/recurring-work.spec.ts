import { jest } from '@jest/globals';
import { RecurringWork } from './recurring-work.js';

class Count extends RecurringWork {
  turns = 0;
  readonly signals: AbortSignal[] = [];

  constructor(private readonly make: () => Promise<void> = async () => undefined) {
    super(1000, 'It stays as it is');
  }

  protected async work(signal: AbortSignal): Promise<void> {
    this.turns++;
    this.signals.push(signal);
    await this.make();
  }
}

describe('RecurringWork', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  it('is done at the start, comes round, and ends with the process', async () => {
    const count = new Count();
    count.onApplicationBootstrap();
    await jest.advanceTimersByTimeAsync(2500);
    expect(count.turns).toBe(3);
    await count.onModuleDestroy();
    await jest.advanceTimersByTimeAsync(5000);
    expect(count.turns).toBe(3);
  });

  it('comes round again after a failure', async () => {
    const count = new Count(() => Promise.reject(new Error('away')));
    const warn = jest.spyOn(count['logger'], 'warn').mockImplementation(() => undefined);
    count.onApplicationBootstrap();
    await jest.advanceTimersByTimeAsync(1500);
    expect(warn.mock.calls).toEqual([['It stays as it is: Error: away'], ['It stays as it is: Error: away']]);
    await count.onModuleDestroy();
  });

  it('is told of a stop, which waits for it', async () => {
    let end = (): void => undefined;
    const count = new Count(() => new Promise((resolve) => (end = resolve)));
    count.onApplicationBootstrap();
    await jest.advanceTimersByTimeAsync(0);
    let stopped = false;
    const stop = count.onModuleDestroy().then(() => (stopped = true));
    await jest.advanceTimersByTimeAsync(0);
    expect([stopped, count.signals[0].aborted]).toEqual([false, true]);
    end();
    await stop;
    expect(stopped).toBe(true);
  });
});
