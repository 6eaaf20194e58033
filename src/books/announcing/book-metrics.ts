import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { LabConfig } from '../../config/lab-config.js';
import { HealthFacts } from '../../http/health-facts.js';
import { countedElsewhere, gauge } from '../../telemetry/metrics.js';
import { CatalogueService } from '../catalogue.service.js';
import { BookUpdates } from './book-updates.js';

/** What operators and older clients are told of the bookshop: at `/metrics`, and as `books` at `/api/v1/health`. */
@Injectable()
export class BookMetrics implements OnModuleInit {
  /** Requests by the category that they asked about. */
  private readonly asked = new Map<string, number>();

  constructor(
    private readonly catalogue: CatalogueService,
    private readonly updates: BookUpdates,
    private readonly health: HealthFacts,
    @Inject(LabConfig) private readonly config: LabConfig,
  ) {}

  onModuleInit(): void {
    this.health.add('books', () => this.describe());
    one('lab_books', 'Books in the catalogue', async () => (await this.catalogue.current()).catalogue.books.length);
    one('lab_books_updates', 'Scrapes that reached the catalogue', async () => (await this.updates.read()).count);
    one('lab_books_scraped_timestamp_seconds', 'When the newest scrape ended; 0 before the first', () => this.scrapedAt());
    gauge({ name: 'lab_books_mean_price_pounds', help: 'Mean price by category', labels: ['category'] }, () => this.meanPrices());
    countedElsewhere(
      { name: 'lab_books_requests_total', help: 'Requests by the category that they asked about', labels: ['category'] },
      () => [...this.asked].map(([category, value]) => ({ labels: { category }, value })),
    );
  }

  /** @param category one that has books: a caller must not be able to make labels */
  countRequest(category: string): void {
    this.asked.set(category, (this.asked.get(category) ?? 0) + 1);
  }

  private async scrapedAt(): Promise<number> {
    const { newest } = await this.updates.read();
    return newest ? newest.scrapedAt.getTime() / 1000 : 0;
  }

  private async meanPrices(): Promise<{ labels: { category: string }; value: number }[]> {
    const { catalogue } = await this.catalogue.current();
    return Object.entries(catalogue.statisticsByCategory()).map(([category, { avg_price }]) => ({
      labels: { category },
      value: avg_price,
    }));
  }

  private async describe(): Promise<{ count: number; note: string }> {
    const [{ catalogue }, { newest }] = await Promise.all([this.catalogue.current(), this.updates.read()]);
    const count = catalogue.books.length;
    if (count > 0) {
      return { count, note: newest ? `Scraped at ${newest.scrapedAt.toISOString()}` : 'Of a table that was put there' };
    }
    const { baseUrl } = this.config.scraper;
    return {
      count,
      note: `None yet: POST /api/v1/scraping/trigger (role engineer) scrapes ${baseUrl} (SCRAPER_BASE_URL; where there is no internet, npm run bookstore serves a shop).`,
    };
  }
}

const one = (name: string, help: string, read: () => Promise<number>): void =>
  gauge({ name, help, labels: [] }, async () => [{ labels: {}, value: await read() }]);
