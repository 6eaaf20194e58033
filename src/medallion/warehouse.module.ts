import { Module } from '@nestjs/common';
import { PipelinesModule } from '../pipelines/pipelines.module.js';
import { MedallionModule } from './medallion.module.js';
import { MissedPublications } from './warehouse/missed-publications.js';
import { WarehouseController } from './warehouse/warehouse.controller.js';

/** The warehouse as people see it. Apart from its room, whose builds publish without any job. */
@Module({
  imports: [MedallionModule, PipelinesModule],
  controllers: [WarehouseController],
  providers: [MissedPublications],
})
export class WarehouseModule {}
