import type { Dispatcher } from 'undici';

export type Headers = Readonly<Record<string, string | string[] | undefined>>;

export interface ExchangePlan {
  readonly url: string;
  readonly headers: Record<string, string>;
  /** Of the body. With one more it is not read any further. */
  readonly mostBytes: number;
  /** From the beginning to the last byte. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** What a server sent to one request, whatever it means. */
export interface Received {
  readonly status: number;
  readonly headers: Headers;
  /** As it came, perhaps compressed; longer than the most bytes where there are more than these. */
  readonly body: Buffer;
}

/** @throws the reason of the signal, or what broke off on its way */
export async function exchange(dispatcher: Dispatcher, plan: ExchangePlan): Promise<Received> {
  const { signal, timeoutMs } = plan;
  const { origin, pathname, search } = new URL(plan.url);
  signal.throwIfAborted();
  const hearing = new Hearing(plan.mostBytes);
  const timer = setTimeout(() => hearing.stop(new Error(`no whole answer within ${timeoutMs} ms`)), timeoutMs);
  const stop = (): void => hearing.stop(signal.reason as Error);
  signal.addEventListener('abort', stop, { once: true });
  try {
    dispatcher.dispatch({ origin, path: pathname + search, method: 'GET', headers: plan.headers }, hearing);
    return await hearing.whole;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }
}

/** Hears an answer out. Pages are small: what comes is gathered, without a stream for each. */
class Hearing implements Dispatcher.DispatchHandler {
  readonly whole: Promise<Received>;
  private resolve!: (received: Received) => void;
  private reject!: (error: Error) => void;
  private controller: Dispatcher.DispatchController | undefined;
  private stopped: Error | undefined;
  private status = 0;
  private headers: Headers = {};
  private readonly chunks: Buffer[] = [];
  private size = 0;

  constructor(private readonly mostBytes: number) {
    this.whole = new Promise((resolve, reject) => Object.assign(this, { resolve, reject }));
  }

  stop(reason: Error): void {
    this.stopped = reason;
    this.reject(reason);
    this.controller?.abort(reason);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    if (this.stopped) controller.abort(this.stopped);
  }

  /** Those that only say that more is to come (1xx) are followed by another. */
  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: Headers): void {
    this.status = status;
    this.headers = headers;
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.size += chunk.length;
    this.chunks.push(chunk);
    if (this.size <= this.mostBytes) return;
    this.onResponseEnd();
    controller.abort(new Error('enough was read'));
  }

  onResponseEnd(): void {
    const { status, headers, chunks, size } = this;
    this.resolve({ status, headers, body: Buffer.concat(chunks, size) });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.reject(error);
  }
}
