import { Module } from '@nestjs/common';
import { CatalogModule } from '../catalog/catalog.module.js';
import { DeltaModule } from '../delta/delta.module.js';
import { BuildService } from './build.service.js';
import { LakeService } from './lake.service.js';
import { QuarantineService } from './quarantine.service.js';
import { QuarantineController } from './quarantine/quarantine.controller.js';
import { QuarantineListing } from './quarantine/quarantine-listing.js';
import { QuarantineTables } from './quarantine/quarantine-tables.js';
import { TransformsService } from './transforms.service.js';

@Module({
  imports: [CatalogModule, DeltaModule],
  controllers: [QuarantineController],
  providers: [TransformsService, LakeService, BuildService, QuarantineTables, QuarantineListing, QuarantineService],
  exports: [LakeService, QuarantineService],
})
export class MedallionModule {}
