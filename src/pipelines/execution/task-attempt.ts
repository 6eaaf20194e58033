import { Interruption } from './interruption.js';

export interface AttemptLimits {
  /** Ends the attempt from outside. */
  readonly signal: AbortSignal;
  readonly timeoutMinutes?: number;
  /** How long the work may take to settle after its signal. */
  readonly stopMs: number;
}

export type AttemptOutcome<T> =
  | { readonly kind: 'succeeded'; readonly result: T }
  | { readonly kind: 'failed'; readonly error: unknown }
  /** Stopped from outside. */
  | { readonly kind: 'interrupted' }
  /** It goes on although its signal said stop: `settled` resolves should it ever end. */
  | { readonly kind: 'deaf'; readonly error: Error; readonly settled: Promise<unknown> };

/** Makes one attempt at a piece of work. Never rejects; work that was told to stop has not succeeded, whatever it returns. */
export async function attemptWork<T>(
  work: (signal: AbortSignal) => Promise<T>,
  limits: AttemptLimits,
): Promise<AttemptOutcome<T>> {
  const { signal, end } = limitedSignal(limits);
  const settled = settle(work, signal);
  const deafness = waitAfterAbort(signal, limits.stopMs);
  try {
    const outcome = await Promise.race([settled, deafness.over]);
    if (!signal.aborted && outcome) return outcome;
    const reason = signal.reason as Interruption;
    if (!outcome) {
      return {
        kind: 'deaf',
        settled,
        error: new Error(`${reason.message} The task had not stopped ${limits.stopMs / 1000} s later.`),
      };
    }
    return reason.kind === 'timeout' ? { kind: 'failed', error: reason } : { kind: 'interrupted' };
  } finally {
    end();
    deafness.end();
  }
}

async function settle<T>(work: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<AttemptOutcome<T>> {
  try {
    return { kind: 'succeeded', result: await work(signal) };
  } catch (error) {
    return { kind: 'failed', error };
  }
}

function limitedSignal({ signal, timeoutMinutes }: AttemptLimits): { signal: AbortSignal; end: () => void } {
  if (timeoutMinutes === undefined) return { signal, end: () => undefined };
  const timeout = new AbortController();
  const reason = new Interruption('timeout', `It took longer than its ${timeoutMinutes} minutes.`);
  const timer = setTimeout(() => timeout.abort(reason), timeoutMinutes * 60_000);
  return { signal: AbortSignal.any([signal, timeout.signal]), end: () => clearTimeout(timer) };
}

function waitAfterAbort(signal: AbortSignal, ms: number): { over: Promise<undefined>; end: () => void } {
  const { promise: over, resolve } = Promise.withResolvers<undefined>();
  let timer: NodeJS.Timeout | undefined;
  const onAbort = (): void => {
    timer = setTimeout(resolve, ms, undefined);
  };
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });
  const end = (): void => {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  };
  return { over, end };
}
