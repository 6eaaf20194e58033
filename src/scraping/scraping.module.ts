import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DeltaModule } from '../delta/delta.module.js';
import { MedallionModule } from '../medallion/medallion.module.js';
import { PipelinesModule } from '../pipelines/pipelines.module.js';
import { BookBronze } from './book-bronze.js';
import { BooksFile } from './books-file.js';
import { KeptPages } from './crawl/kept-pages.js';
import { ScrapedPageEntity } from './crawl/scraped-page.entity.js';
import { ScrapingController } from './scraping.controller.js';
import { ScrapingService } from './scraping.service.js';

@Module({
  imports: [TypeOrmModule.forFeature([ScrapedPageEntity]), DeltaModule, MedallionModule, PipelinesModule],
  controllers: [ScrapingController],
  providers: [KeptPages, BookBronze, BooksFile, ScrapingService],
  exports: [ScrapingService],
})
export class ScrapingModule {}
