import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { LabConfig } from '../config/lab-config.js';
import { QuarantineService } from '../medallion/quarantine.service.js';
import { Task } from '../pipelines/task.decorator.js';
import type { TaskRun } from '../pipelines/task-run.types.js';
import { BookBronze } from './book-bronze.js';
import { BookCrawl, type UnreadPage } from './crawl/book-crawl.js';
import { KeptPages } from './crawl/kept-pages.js';
import { PageFetcher } from './fetching/page-fetcher.js';

export const ScrapeOptions = z.strictObject({
  max_pages: z.int().min(1).max(1_000_000).default(3_000).meta({
    description: 'Requests of one scrape, repeated ones included: a site without end is left after these',
  }),
  timeout_seconds: z.number().min(0.1).max(600).default(30).meta({ description: 'For one page' }),
});

const SITE = 'books';
const MOST_BYTES = 4 * 1024 * 1024;
const ATTEMPTS = 5;

export interface ScrapeReport {
  /** Books that are in the list of the shop. */
  readonly rows: number;
  readonly fetched: number;
  /** Pages that were asked for and had not changed. */
  readonly unchanged: number;
  /** Pages that could not be read, and are in quarantine. */
  readonly quarantined: number;
}

/** Brings the bookshop to bronze. */
@Injectable()
export class ScrapingService {
  constructor(
    private readonly config: LabConfig,
    private readonly pages: KeptPages,
    private readonly bronze: BookBronze,
    private readonly quarantine: QuarantineService,
  ) {}

  /**
   * All of it or nothing: a scrape that ends early leaves bronze, and so the catalogue, as it was. One that was interrupted goes
   * on behind the last page that it received.
   */
  @Task('scraping.books', ScrapeOptions)
  async scrape({ max_pages, timeout_seconds }: z.output<typeof ScrapeOptions>, run: TaskRun): Promise<ScrapeReport> {
    const { baseUrl, requestsPerSecond, contact } = this.config.scraper;
    if (!contact) run.log.warn('The shop is not told whom to write to. Set SCRAPER_CONTACT to your address or a URL.');
    const fetcher = new PageFetcher({
      ...{ baseUrl, requestsPerSecond, mostRequests: max_pages, timeoutMs: timeout_seconds * 1000 },
      ...{ userAgent: contact ? `dataflow-lab (+${contact})` : 'dataflow-lab', mostBytes: MOST_BYTES, attempts: ATTEMPTS },
    });
    const crawl = new BookCrawl(this.pages, { site: SITE, runId: run.runId, fetcher, signal: run.signal }, run);
    try {
      const { books, arrivals } = await crawl.walk(baseUrl);
      await this.bronze.write(books, run);
      return {
        rows: books.length,
        fetched: arrivals.fetched + arrivals.resumed,
        unchanged: arrivals.unchanged,
        quarantined: crawl.unreadPages.length,
      };
    } finally {
      await fetcher.close();
      await this.putAside(crawl.unreadPages, run);
    }
  }

  private async putAside(unread: readonly UnreadPage[], run: TaskRun): Promise<void> {
    if (unread.length === 0) return;
    await this.quarantine.put(
      unread.map(({ url, html, field, reason }) => ({ text: html, row: { url }, rules: [field], reason })),
      {
        ...{ dataset: 'bronze.books', stage: 'load', source: SITE, runId: run.runId },
        txn: { appId: `scraping:${run.runId}`, version: 1 },
      },
    );
  }
}
