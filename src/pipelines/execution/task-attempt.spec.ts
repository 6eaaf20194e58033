import { Interruption } from './interruption.js';
import { type AttemptLimits, attemptWork } from './task-attempt.js';

const limits = (overrides: Partial<AttemptLimits> = {}): AttemptLimits => ({
  signal: new AbortController().signal,
  stopMs: 30,
  ...overrides,
});

const untilStopped = (signal: AbortSignal): Promise<string> =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }));

const MILLISECONDS = 1 / 60_000;

describe('an attempt', () => {
  it('gives what the work returned', async () => {
    expect(await attemptWork(async () => 'done', limits())).toEqual({ kind: 'succeeded', result: 'done' });
  });

  it('gives the error of work that threw, at once or later', async () => {
    const error = new Error('no lake');
    expect(await attemptWork(() => Promise.reject(error), limits())).toEqual({ kind: 'failed', error });
    expect(
      await attemptWork(() => {
        throw error;
      }, limits()),
    ).toEqual({ kind: 'failed', error });
  });

  it('fails when it takes longer than it may', async () => {
    const outcome = await attemptWork(untilStopped, limits({ timeoutMinutes: 5 * MILLISECONDS }));
    expect(outcome).toMatchObject({ kind: 'failed', error: { message: expect.stringContaining('It took longer than its') } });
  });

  it('was interrupted when it was stopped from outside', async () => {
    const stop = new AbortController();
    const outcome = attemptWork(untilStopped, limits({ signal: stop.signal, timeoutMinutes: 1 }));
    stop.abort(new Interruption('cancelled', 'The run was cancelled.'));
    expect(await outcome).toEqual({ kind: 'interrupted' });
  });

  it('does not take for done what was returned after the signal', async () => {
    const stop = new AbortController();
    const outcome = attemptWork((signal) => untilStopped(signal).catch(() => 'half'), limits({ signal: stop.signal }));
    stop.abort(new Interruption('stopping', 'The process stops.'));
    expect(await outcome).toEqual({ kind: 'interrupted' });
  });

  it('waits only so long for work that does not hear', async () => {
    let end: (value: string) => void = () => undefined;
    const outcome = await attemptWork(
      () => new Promise<string>((resolve) => (end = resolve)),
      limits({ timeoutMinutes: MILLISECONDS }),
    );
    expect(outcome).toMatchObject({ kind: 'deaf', error: { message: expect.stringContaining('had not stopped 0.03 s later') } });
    end('late');
    await (outcome as { settled: Promise<unknown> }).settled;
  });
});
