import { Module } from '@nestjs/common';
import { CatalogModule } from '../catalog/catalog.module.js';
import { DeltaModule } from '../delta/delta.module.js';
import { BuildService } from './build.service.js';
import { QualityGate } from './expectations/quality-gate.js';
import { LakeService } from './lake.service.js';
import { BuildFingerprint } from './models/build-fingerprint.js';
import { TransformsService } from './models/transforms.service.js';
import { QuarantineService } from './quarantine.service.js';
import { BuildQuarantine } from './quarantine/build-quarantine.js';
import { QuarantineListing } from './quarantine/quarantine-listing.js';
import { QuarantineTables } from './quarantine/quarantine-tables.js';

@Module({
  imports: [CatalogModule, DeltaModule],
  providers: [
    ...[TransformsService, BuildFingerprint, QualityGate, BuildService, LakeService],
    ...[QuarantineTables, QuarantineListing, QuarantineService, BuildQuarantine],
  ],
  exports: [LakeService, QuarantineService, TransformsService, QuarantineListing, QuarantineTables],
})
export class MedallionModule {}
