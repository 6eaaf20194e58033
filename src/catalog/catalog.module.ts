import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { CatalogController } from './catalog.controller.js';
import { CatalogService } from './catalog.service.js';
import { DatasetEntity, DatasetVersionEntity, QualityEntity, SchemaChangeEntity } from './dataset.entity.js';
import { DatasetGauges } from './dataset-gauges.js';
import { QualityRetention } from './quality-retention.js';

@Module({
  imports: [TypeOrmModule.forFeature([DatasetEntity, DatasetVersionEntity, QualityEntity, SchemaChangeEntity])],
  controllers: [CatalogController],
  providers: [CatalogService, DatasetGauges, QualityRetention],
  exports: [CatalogService],
})
export class CatalogModule {}
