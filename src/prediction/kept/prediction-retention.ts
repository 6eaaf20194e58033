import { Injectable } from '@nestjs/common';
import { LabConfig } from '../../config/lab-config.js';
import { RecurringWork } from '../../events/recurring-work.js';
import { KeptPredictions } from './kept-predictions.js';

const HOUR_MS = 3_600_000;

/** Deletes the answers whose time is over. */
@Injectable()
export class PredictionRetention extends RecurringWork {
  constructor(
    private readonly kept: KeptPredictions,
    private readonly config: LabConfig,
  ) {
    super(HOUR_MS, 'Old predictions stay for another hour');
  }

  protected async work(): Promise<void> {
    await this.kept.trim(this.config.predictionRetentionDays);
  }
}
