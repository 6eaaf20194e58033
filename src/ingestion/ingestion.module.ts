import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { CatalogModule } from '../catalog/catalog.module.js';
import { DeadLettersService } from './dead-letters.service.js';
import { DeadLetterEntity } from './dead-letters/dead-letter.entity.js';
import { LandingTables } from './landing-tables.js';
import { MessagesController } from './messages.controller.js';
import { ProducerService } from './producer.service.js';
import { TopicsController } from './topics.controller.js';
import { TopicsService } from './topics.service.js';
import { TopicEntity } from './topics/topic.entity.js';
import { TopicOverview } from './topics/topic-overview.js';
import { TopicPeek } from './topics/topic-peek.js';
import { TopicWatch } from './watching/topic-watch.js';

/** Topics: what goes in, and a look at what is there. */
@Module({
  imports: [CatalogModule, TypeOrmModule.forFeature([TopicEntity, DeadLetterEntity])],
  controllers: [TopicsController, MessagesController],
  providers: [TopicsService, LandingTables, TopicOverview, ProducerService, TopicPeek, TopicWatch, DeadLettersService],
  exports: [TopicsService, ProducerService, DeadLettersService],
})
export class IngestionModule {}
