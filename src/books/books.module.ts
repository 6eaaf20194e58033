import { Module } from '@nestjs/common';
import { DeltaModule } from '../delta/delta.module.js';
import { BooksController } from './books.controller.js';
import { CatalogueService } from './catalogue.service.js';
import { CatalogueReader } from './catalogue-reader.js';
import { StatisticsController } from './statistics.controller.js';

@Module({
  imports: [DeltaModule],
  controllers: [BooksController, StatisticsController],
  providers: [CatalogueReader, CatalogueService],
})
export class BooksModule {}
