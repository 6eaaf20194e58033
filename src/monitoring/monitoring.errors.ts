import { LabError } from '../errors/lab-error.js';

export class NotReadyError extends LabError {
  readonly code = 'NOT_READY';
  readonly status = 503;
  override readonly retryable = true;

  constructor(parts: readonly string[]) {
    super(`The process cannot take traffic: ${parts.join('; ')}. Ask again in a moment.`);
  }
}

export class MetricsNotPublicError extends LabError {
  readonly code = 'UNAUTHENTICATED';
  readonly status = 401;
  override readonly headers = { 'www-authenticate': 'Bearer realm="dataflow-lab"' };

  constructor() {
    super('Metrics are not public here: send a token, or start with METRICS_PUBLIC=on.');
  }
}
