import { Injectable } from '@nestjs/common';
import { VERSION } from '../config/version.js';
import { PredictionTotalsService } from '../prediction/prediction-totals.service.js';
import { RegistryService } from '../registry/registry.service.js';
import type { MetricsSummary } from './health.schema.js';

/** The few numbers that older clients know. */
@Injectable()
export class Totals {
  constructor(
    private readonly registry: RegistryService,
    private readonly predictions: PredictionTotalsService,
  ) {}

  async read(): Promise<MetricsSummary> {
    const [active, total] = await Promise.all([this.registry.countServed(), this.predictions.total()]);
    return {
      active_models: active,
      total_predictions: total,
      uptime_seconds: Math.round(process.uptime()),
      version: VERSION,
    };
  }
}
