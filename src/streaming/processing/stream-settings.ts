/** How streams are held. Times in milliseconds. */
export class StreamSettings {
  /** How long a stream stays with its owner after the last sign of life. */
  readonly leaseMs: number = 10_000;
  /** Between two signs of life, which are also looks for streams that nobody has. */
  readonly beatMs: number = 1_000;
  /** Before a stream that failed is tried again, at first and at most. */
  readonly retryMs: number = 1_000;
  readonly mostRetryMs: number = 60_000;

  constructor(overrides: Partial<StreamSettings> = {}) {
    Object.assign(this, overrides);
  }
}
