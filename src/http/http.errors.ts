import { LabError } from '../errors/lab-error.js';

export class TooManyRequestsError extends LabError {
  readonly code = 'TOO_MANY_REQUESTS';
  readonly status = 429;
  override readonly retryable = true;
  override readonly headers: Readonly<Record<string, string>>;

  constructor(perMinute: number, seconds: number) {
    super(`One address has ${perMinute} requests a minute here (OPEN_RATE_LIMIT). Come back in ${seconds} s.`);
    this.headers = { 'Retry-After': String(seconds) };
  }
}

/** Nobody hears it. */
export class ClientGoneError extends LabError {
  readonly code = 'CLIENT_GONE';
  readonly status = 499;

  constructor() {
    super('The connection was closed before the answer was complete: the work was stopped.');
  }
}
