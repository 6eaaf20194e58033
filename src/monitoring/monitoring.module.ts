import { Module } from '@nestjs/common';
import { HealthService } from './health.service.js';
import { MonitoringController } from './monitoring.controller.js';

@Module({ controllers: [MonitoringController], providers: [HealthService] })
export class MonitoringModule {}
