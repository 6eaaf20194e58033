import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DeltaModule } from '../delta/delta.module.js';
import { HttpModule } from '../http/http.module.js';
import { MedallionModule } from '../medallion/medallion.module.js';
import { IngestionModule } from './ingestion.module.js';
import { LandingRecords, LandingService } from './landing.service.js';
import { LandedTables } from './landing/landed-tables.js';
import { LandingController } from './landing/landing.controller.js';
import { LandingFigures } from './landing/landing-figures.js';
import { LandingPlanEntity } from './landing/landing-plan.entity.js';
import { LandingPlans } from './landing/landing-plans.js';
import { LandingSettings } from './landing/landing-settings.js';
import { LandingEquipment, Landings } from './landing/landings.js';
import { Replays } from './landing/replays.js';

/** Beside the topics themselves: who only writes and reads messages needs no landing. */
@Module({
  imports: [IngestionModule, DeltaModule, MedallionModule, HttpModule, TypeOrmModule.forFeature([LandingPlanEntity])],
  controllers: [LandingController],
  providers: [
    ...[LandedTables, LandingPlans, LandingEquipment, Landings, LandingFigures, Replays, LandingRecords, LandingService],
    { provide: LandingSettings, useFactory: () => new LandingSettings() },
  ],
  exports: [LandingService],
})
export class LandingModule {}
