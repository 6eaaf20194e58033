import { Module } from '@nestjs/common';
import { CatalogModule } from '../catalog/catalog.module.js';
import { RegistryModule } from '../registry/registry.module.js';
import { LineageController } from './lineage/lineage.controller.js';
import { LineageService } from './lineage/lineage.service.js';
import { MedallionModule } from './medallion.module.js';

/** Where rows came from and went, as people see it. */
@Module({
  imports: [MedallionModule, CatalogModule, RegistryModule],
  controllers: [LineageController],
  providers: [LineageService],
})
export class LineageModule {}
