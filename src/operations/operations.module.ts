import { Module } from '@nestjs/common';
import { CatalogModule } from '../catalog/catalog.module.js';
import { DeltaModule } from '../delta/delta.module.js';
import { MedallionModule } from '../medallion/medallion.module.js';
import { PipelinesModule } from '../pipelines/pipelines.module.js';
import { TableOperationsController } from './table-operations.controller.js';
import { TableOperationsService } from './table-operations.service.js';

@Module({
  imports: [CatalogModule, DeltaModule, MedallionModule, PipelinesModule],
  controllers: [TableOperationsController],
  providers: [TableOperationsService],
})
export class OperationsModule {}
