import { Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';

/**
 * Work that comes round while the process runs, first at its start. Each process does it, so that doing it twice must do no
 * harm. What fails is logged and tried again in the next turn; a stop waits for the turn that is under way.
 */
export abstract class RecurringWork implements OnApplicationBootstrap, OnModuleDestroy {
  protected readonly logger = new Logger(this.constructor.name);
  private readonly stop = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  private turn: Promise<void> = Promise.resolve();

  /** @param failure what it means that a turn failed, for the log */
  protected constructor(
    private readonly everyMs: number,
    private readonly failure: string,
  ) {}

  /** @param signal aborted at a stop: end soon, what is left comes with the next start */
  protected abstract work(signal: AbortSignal): Promise<void>;

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => this.begin(), this.everyMs);
    this.begin();
  }

  async onModuleDestroy(): Promise<void> {
    this.stop.abort();
    clearInterval(this.timer);
    await this.turn;
  }

  /** A turn that takes longer than the time between two goes before the next. */
  private begin(): void {
    this.turn = this.turn.then(() => this.work(this.stop.signal)).catch((error: unknown) => this.tell(error));
  }

  private tell(error: unknown): void {
    this.logger.warn(`${this.failure}: ${String(error)}`);
  }
}
