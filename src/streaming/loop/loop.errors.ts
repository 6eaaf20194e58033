import { LabError } from '../../errors/lab-error.js';

export class LoopOffError extends LabError {
  readonly code = 'STREAM_DEMO_OFF';
  readonly status = 503;

  constructor() {
    super('The learning loop is off. Start the process with STREAM_DEMO=on: its first model is there within a minute.');
  }
}

export class NoSalaryModelError extends LabError {
  readonly code = 'NO_SALARY_MODEL';
  readonly status = 503;
  override readonly retryable = true;
  override readonly headers = { 'Retry-After': '5' };

  constructor(model: string) {
    super(
      `There is no model ${model} in production yet: the trainer needs some rows first. GET /stream/trainer/status tells of it.`,
    );
  }
}

/** Somebody has put a model in production that the loop did not make. */
export class ForeignSalaryModelError extends LabError {
  readonly code = 'FOREIGN_SALARY_MODEL';
  readonly status = 503;

  constructor(model: string, version: number) {
    super(
      `Version ${version} of ${model} is in production, and it does not say how its numbers were normalised. Point the alias at one that the loop made: PUT /models/${model}/aliases/production.`,
    );
  }
}

export class LoopPortError extends LabError {
  readonly code = 'LOOP_PORT_IN_USE';
  readonly status = 500;

  constructor(part: string, host: string, port: number, reason: string) {
    super(
      `The ${part} of the learning loop cannot listen on port ${port} of ${host}: ${reason}. Stop what listens there, or name other ports in STREAM_PORTS.`,
    );
  }
}
