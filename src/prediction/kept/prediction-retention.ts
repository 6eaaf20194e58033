import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { LabConfig } from '../../config/lab-config.js';
import { KeptPredictions } from './kept-predictions.js';

const HOUR_MS = 3_600_000;

/** Every hour deletes the answers whose time is over. That several processes do it does no harm. */
@Injectable()
export class PredictionRetention implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(PredictionRetention.name);
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly kept: KeptPredictions,
    private readonly config: LabConfig,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => {
      this.running = this.run();
    }, HOUR_MS);
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.timer);
    await this.running;
  }

  private async run(): Promise<void> {
    try {
      await this.kept.trim(this.config.predictionRetentionDays);
    } catch (error) {
      this.logger.warn(`Old predictions stay for another hour: ${String(error)}`);
    }
  }
}
