import { Module } from '@nestjs/common';
import { MedallionModule } from '../medallion/medallion.module.js';
import { EtlController } from './etl.controller.js';
import { LandingService } from './landing.service.js';
import { LoadService } from './load.service.js';
import { SourcesService } from './sources.service.js';

@Module({ imports: [MedallionModule], controllers: [EtlController], providers: [SourcesService, LandingService, LoadService] })
export class EtlModule {}
