import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { CatalogModule } from '../catalog/catalog.module.js';
import { DeltaModule } from '../delta/delta.module.js';
import { BuildService } from './build.service.js';
import { BuildTask } from './build.task.js';
import { IntervalBuild } from './building/interval-build.js';
import { KeyedBuild } from './building/keyed-build.js';
import { LateRows } from './building/late-rows.js';
import { ModelWriter } from './building/model-writer.js';
import { ReadConditions } from './building/read-conditions.js';
import { TableState } from './building/table-state.js';
import { WholeBuild } from './building/whole-build.js';
import { QualityGate } from './expectations/quality-gate.js';
import { LakeService } from './lake.service.js';
import { BuildFingerprint } from './models/build-fingerprint.js';
import { ModelInputs } from './models/model-inputs.js';
import { TransformsService } from './models/transforms.service.js';
import { PlanService } from './planning/plan.service.js';
import { PlannedReads } from './planning/planned-reads.js';
import { QuarantineService } from './quarantine.service.js';
import { BuildQuarantine } from './quarantine/build-quarantine.js';
import { QuarantineListing } from './quarantine/quarantine-listing.js';
import { QuarantineTables } from './quarantine/quarantine-tables.js';
import { ModelTestsService } from './testing/model-tests.service.js';
import { BiRole } from './warehouse/bi-role.js';
import { Publications } from './warehouse/publications.js';
import { PublishedTableEntity } from './warehouse/published-table.entity.js';
import { TablePublisher } from './warehouse/table-publisher.js';
import { WarehouseService } from './warehouse/warehouse.service.js';

@Module({
  imports: [CatalogModule, DeltaModule, TypeOrmModule.forFeature([PublishedTableEntity])],
  providers: [
    ...[TransformsService, ModelInputs, BuildFingerprint, QualityGate, LakeService],
    ...[TableState, ReadConditions, LateRows, ModelWriter, KeyedBuild, WholeBuild, IntervalBuild],
    ...[BuildService, ModelTestsService],
    ...[PlannedReads, PlanService],
    ...[BiRole, Publications, TablePublisher, WarehouseService, BuildTask],
    ...[QuarantineTables, QuarantineListing, QuarantineService, BuildQuarantine],
  ],
  exports: [
    ...[WarehouseService, Publications, LakeService, QuarantineService, TransformsService],
    ...[QuarantineListing, QuarantineTables, TableState, PlanService, ModelTestsService],
  ],
})
export class MedallionModule {}
