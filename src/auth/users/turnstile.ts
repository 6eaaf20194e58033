/** Lets a few through at a time, keeps a short queue, and turns the rest away at once. */
export class Turnstile {
  private readonly waiting: (() => void)[] = [];
  private inside = 0;

  /** @param refuse makes the error for those who find the queue full */
  constructor(
    private readonly places: number,
    private readonly queue: number,
    private readonly refuse: () => Error,
  ) {}

  async pass<T>(task: () => Promise<T>): Promise<T> {
    await this.enter();
    try {
      return await task();
    } finally {
      this.leave();
    }
  }

  private async enter(): Promise<void> {
    if (this.inside < this.places) {
      this.inside++;
      return;
    }
    if (this.waiting.length >= this.queue) throw this.refuse();
    await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  /** The place goes straight to the next in the queue, so that nobody slips in between. */
  private leave(): void {
    const next = this.waiting.shift();
    if (next) next();
    else this.inside--;
  }
}
