import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { PipelinesModule } from '../pipelines/pipelines.module.js';
import { DeadLetterEntity } from './dead-letters/dead-letter.entity.js';
import { DeadLettersController } from './dead-letters/dead-letters.controller.js';
import { LetterBox } from './dead-letters/letter-box.js';
import { LetterListing } from './dead-letters/letter-listing.js';
import { LetterReplay } from './dead-letters/letter-replay.js';
import { ReplayLedger } from './dead-letters/replay-ledger.js';
import { IngestionModule } from './ingestion.module.js';

/** Dead letters as people see them. Apart from their room, into which others put them without any job. */
@Module({
  imports: [IngestionModule, PipelinesModule, TypeOrmModule.forFeature([DeadLetterEntity])],
  controllers: [DeadLettersController],
  providers: [LetterBox, LetterListing, LetterReplay, ReplayLedger],
})
export class DeadLettersModule {}
