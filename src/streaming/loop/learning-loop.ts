import { Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import type { LabConfig } from '../../config/lab-config.js';
import { withBackOff } from './back-off.js';
import type { LoopTopics } from './loop-topics.js';

/** Something that runs from the start of the loop to its end. */
export interface LoopPart {
  /** Begins, and goes on in the background until it is closed. */
  open(): void;
  /** Resolves when what is under way has ended. */
  close(): Promise<void>;
}

/** Starts the parts when there is something to read from, and ends them before the log goes. */
export class LearningLoop implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(LearningLoop.name);
  private readonly stop = new AbortController();
  private starting: Promise<void> = Promise.resolve();

  constructor(
    private readonly config: LabConfig,
    private readonly topics: LoopTopics,
    private readonly parts: readonly LoopPart[],
  ) {}

  onApplicationBootstrap(): void {
    if (this.config.loop.on) this.starting = this.start().catch(() => undefined);
  }

  async onModuleDestroy(): Promise<void> {
    this.stop.abort();
    await this.starting;
    await Promise.all(this.parts.map((part) => part.close()));
  }

  private async start(): Promise<void> {
    await withBackOff(() => this.topics.ensure(), {
      signal: this.stop.signal,
      onFailure: (error) => this.logger.warn(`The learning loop waits for its topics: ${String(error)}`),
    });
    for (const part of this.parts) part.open();
  }
}
