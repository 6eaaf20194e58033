import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { MedallionModule } from '../medallion/medallion.module.js';
import { PipelinesModule } from '../pipelines/pipelines.module.js';
import { BookBronze } from './book-bronze.js';
import { KeptPages } from './crawl/kept-pages.js';
import { ScrapedPageEntity } from './crawl/scraped-page.entity.js';
import { ScrapingService } from './scraping.service.js';

@Module({
  imports: [TypeOrmModule.forFeature([ScrapedPageEntity]), MedallionModule, PipelinesModule],
  providers: [KeptPages, BookBronze, ScrapingService],
  exports: [ScrapingService],
})
export class ScrapingModule {}
