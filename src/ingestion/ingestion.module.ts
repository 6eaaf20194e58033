import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { CatalogModule } from '../catalog/catalog.module.js';
import { PipelinesModule } from '../pipelines/pipelines.module.js';
import { DeadLetterEntity } from './dead-letter.entity.js';
import { DeadLettersService } from './dead-letters.service.js';
import { LandingTables } from './landing-tables.js';
import { ProducerService } from './producer.service.js';
import { TopicEntity } from './topic.entity.js';
import { TopicsService } from './topics.service.js';

@Module({
  imports: [CatalogModule, PipelinesModule, TypeOrmModule.forFeature([TopicEntity, DeadLetterEntity])],
  providers: [TopicsService, LandingTables, ProducerService, DeadLettersService],
  exports: [TopicsService, ProducerService, DeadLettersService],
})
export class IngestionModule {}
