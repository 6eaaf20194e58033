import { Module } from '@nestjs/common';
import { PredictionModule } from '../prediction/prediction.module.js';
import { RegistryModule } from '../registry/registry.module.js';
import { HealthService } from './health.service.js';
import { MonitoringController } from './monitoring.controller.js';

@Module({ imports: [PredictionModule, RegistryModule], controllers: [MonitoringController], providers: [HealthService] })
export class MonitoringModule {}
