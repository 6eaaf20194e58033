import { Module } from '@nestjs/common';
import { DeltaModule } from '../delta/delta.module.js';
import { PipelinesModule } from '../pipelines/pipelines.module.js';
import { MedallionModule } from './medallion.module.js';
import { MendedRows } from './quarantine/mended-rows.js';
import { QuarantineController } from './quarantine/quarantine.controller.js';
import { ReplayService } from './quarantine/replay.service.js';
import { ReplayLedger } from './quarantine/replay-ledger.js';

/** Quarantine as people see it. Apart from its room, whose rows others write without any job. */
@Module({
  imports: [MedallionModule, DeltaModule, PipelinesModule],
  controllers: [QuarantineController],
  providers: [MendedRows, ReplayLedger, ReplayService],
})
export class ReplayModule {}
