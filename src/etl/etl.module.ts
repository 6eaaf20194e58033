import { Module } from '@nestjs/common';
import { DeltaModule } from '../delta/delta.module.js';
import { MedallionModule } from '../medallion/medallion.module.js';
import { BatchLoad } from './batch-load.js';
import { EtlController } from './etl.controller.js';
import { LandingService } from './landing.service.js';
import { LoadService } from './load.service.js';
import { SourcesService } from './sources.service.js';

@Module({
  imports: [DeltaModule, MedallionModule],
  controllers: [EtlController],
  providers: [SourcesService, LandingService, BatchLoad, LoadService],
})
export class EtlModule {}
