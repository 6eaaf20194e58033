import { LabError } from '../../errors/lab-error.js';

export class CacheAwayError extends LabError {
  readonly code = 'CACHE_AWAY';
  readonly status = 503;
  override readonly retryable = true;

  constructor(address: string, reason: string) {
    super(`The cache at ${address} does not answer (${reason}). Answers are made without it until it does; check REDIS_URL.`);
  }
}
