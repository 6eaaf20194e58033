import { LabError } from '../errors/lab-error.js';

export class WebhookRefusedError extends LabError {
  readonly code = 'WEBHOOK_REFUSED';
  readonly status = 502;

  constructor(attempts: number, reason: string) {
    super(`The webhook did not take the message in ${attempts} attempt(s): ${reason}. Check WEBHOOK_URL and what listens there.`);
  }
}
