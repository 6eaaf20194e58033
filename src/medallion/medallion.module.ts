import { Module } from '@nestjs/common';
import { CatalogModule } from '../catalog/catalog.module.js';
import { DeltaModule } from '../delta/delta.module.js';
import { BuildService } from './build.service.js';
import { LakeService } from './lake.service.js';
import { TransformsService } from './transforms.service.js';

@Module({
  imports: [CatalogModule, DeltaModule],
  providers: [TransformsService, LakeService, BuildService],
  exports: [LakeService],
})
export class MedallionModule {}
