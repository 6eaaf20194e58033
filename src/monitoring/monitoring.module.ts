import { Module } from '@nestjs/common';
import { HttpModule } from '../http/http.module.js';
import { PredictionModule } from '../prediction/prediction.module.js';
import { RegistryModule } from '../registry/registry.module.js';
import { HealthService } from './health.service.js';
import { MonitoringController } from './monitoring.controller.js';
import { OptionalEngines } from './optional-engines.js';
import { Totals } from './totals.js';

@Module({
  imports: [HttpModule, PredictionModule, RegistryModule],
  controllers: [MonitoringController],
  providers: [HealthService, OptionalEngines, Totals],
})
export class MonitoringModule {}
