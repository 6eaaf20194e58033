import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { CatalogModule } from '../catalog/catalog.module.js';
import { PipelinesModule } from '../pipelines/pipelines.module.js';
import { DeadLettersService } from './dead-letters.service.js';
import { DeadLetterEntity } from './dead-letters/dead-letter.entity.js';
import { DeadLettersController } from './dead-letters/dead-letters.controller.js';
import { LetterBox } from './dead-letters/letter-box.js';
import { LetterListing } from './dead-letters/letter-listing.js';
import { LetterReplay } from './dead-letters/letter-replay.js';
import { ReplayLedger } from './dead-letters/replay-ledger.js';
import { LandingTables } from './landing-tables.js';
import { MessagesController } from './messages.controller.js';
import { ProducerService } from './producer.service.js';
import { TopicsController } from './topics.controller.js';
import { TopicsService } from './topics.service.js';
import { TopicEntity } from './topics/topic.entity.js';
import { TopicOverview } from './topics/topic-overview.js';
import { TopicPeek } from './topics/topic-peek.js';
import { TopicWatch } from './watching/topic-watch.js';

@Module({
  imports: [CatalogModule, PipelinesModule, TypeOrmModule.forFeature([TopicEntity, DeadLetterEntity])],
  controllers: [TopicsController, MessagesController, DeadLettersController],
  providers: [
    TopicsService,
    LandingTables,
    TopicOverview,
    ProducerService,
    TopicPeek,
    TopicWatch,
    DeadLettersService,
    LetterBox,
    LetterListing,
    LetterReplay,
    ReplayLedger,
  ],
  exports: [TopicsService, ProducerService, DeadLettersService],
})
export class IngestionModule {}
