import { setTimeout as wait } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { LabConfig } from '../config/lab-config.js';
import { VERSION } from '../config/version.js';
import { WebhookRefusedError } from './alerts.errors.js';
import { signatureHeaders } from './webhook-signature.js';

/** What is told to whoever listens outside. */
export interface WebhookMessage {
  /** The same for the same thing, however often it is sent: the receiver may see it twice. */
  readonly id: string;
  readonly type: string;
  readonly timestamp: Date;
  readonly data: Readonly<Record<string, unknown>>;
}

/** One more attempt than there are pauses. */
const PAUSES_MS = [1_000, 5_000, 15_000];
const PATIENCE_MS = 10_000;

type Outcome = { readonly taken: true } | { readonly taken: false; readonly reason: string; readonly mayTryAgain: boolean };

/** Posts signed messages to `WEBHOOK_URL`. */
@Injectable()
export class WebhookService {
  protected pausesMs: readonly number[] = PAUSES_MS;
  private readonly target: { readonly url: string; readonly secret: string } | undefined;

  constructor({ webhook }: LabConfig) {
    this.target = webhook;
  }

  get isConfigured(): boolean {
    return this.target !== undefined;
  }

  /**
   * Tries again what may pass by itself: no answer, 408, 425, 429 and 5xx. A redirect is not followed: whoever moves changes the setting.
   * @returns how many attempts it took; 0 when nobody listens
   * @throws {WebhookRefusedError}
   */
  async send({ id, type, timestamp, data }: WebhookMessage, signal: AbortSignal): Promise<number> {
    if (!this.target) return 0;
    const body = JSON.stringify({ type, timestamp: timestamp.toISOString(), data });
    for (let attempt = 1; ; attempt++) {
      const outcome = await this.post(this.target, id, body, signal);
      if (outcome.taken) return attempt;
      if (!outcome.mayTryAgain || attempt > this.pausesMs.length) throw new WebhookRefusedError(attempt, outcome.reason);
      await wait(this.pausesMs[attempt - 1], undefined, { signal });
    }
  }

  private async post(
    { url, secret }: { readonly url: string; readonly secret: string },
    id: string,
    body: string,
    signal: AbortSignal,
  ): Promise<Outcome> {
    const headers = {
      ...{ 'content-type': 'application/json', 'user-agent': `dataflow-lab/${VERSION}` },
      ...signatureHeaders(secret, id, new Date(), body),
    };
    try {
      const patience = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]);
      const answer = await fetch(url, { method: 'POST', headers, body, redirect: 'manual', signal: patience });
      await answer.body?.cancel();
      if (answer.ok) return { taken: true };
      return { taken: false, reason: `it answered ${answer.status}`, mayTryAgain: mayPass(answer.status) };
    } catch (error) {
      signal.throwIfAborted();
      return { taken: false, reason: reasonOf(error), mayTryAgain: true };
    }
  }
}

const mayPass = (status: number): boolean => status >= 500 || [408, 425, 429].includes(status);

/** `fetch` hides what happened behind "fetch failed". */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}
