import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { LabConfig } from '../config/lab-config.js';
import { VERSION } from '../config/version.js';
import { QuarantineService } from '../medallion/quarantine.service.js';
import { Task } from '../pipelines/task.decorator.js';
import type { TaskRun } from '../pipelines/task-run.types.js';
import { BookBronze } from './book-bronze.js';
import { BookCrawl, type UnreadPage } from './crawl/book-crawl.js';
import { KeptPages } from './crawl/kept-pages.js';
import { PageFetcher } from './fetching/page-fetcher.js';
import type { RowSpool } from './row-spool.js';
import { CatalogueShrunkError } from './scraping.errors.js';

export const ScrapeOptions = z.strictObject({
  max_pages: z.int().min(1).max(1_000_000).default(3_000).meta({
    description: 'Requests of one scrape, repeated ones included: a site without end is left after these',
  }),
  timeout_seconds: z.number().min(0.1).max(600).default(30).meta({ description: 'For one page' }),
  min_share: z.number().min(0).max(1).default(0.5).meta({
    description:
      'Share of the books of the last scrape that must be listed again: with fewer the list was probably not read whole',
  }),
});

const SITE = 'books';
const PROGRAM = `dataflow-lab/${VERSION}`;
/** Of a page. Those of such a shop have some ten thousand. */
const MOST_BYTES = 1024 * 1024;
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

interface Means {
  readonly fetcher: PageFetcher;
  readonly landing: RowSpool;
  readonly minShare: number;
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
  async scrape({ max_pages, timeout_seconds, min_share }: z.output<typeof ScrapeOptions>, run: TaskRun): Promise<ScrapeReport> {
    const { baseUrl, requestsPerSecond, contact } = this.config.scraper;
    if (!contact) run.log.warn('The shop is not told whom to write to. Set SCRAPER_CONTACT to your address or a URL.');
    const fetcher = new PageFetcher({
      ...{ baseUrl, requestsPerSecond, mostRequests: max_pages, timeoutMs: timeout_seconds * 1000 },
      ...{ userAgent: contact ? `${PROGRAM} (+${contact})` : PROGRAM, mostBytes: MOST_BYTES, attempts: ATTEMPTS },
    });
    const landing = await this.bronze.spool();
    try {
      return await this.bring({ fetcher, landing, minShare: min_share }, run);
    } finally {
      await fetcher.close();
      await landing.discard();
    }
  }

  private async bring({ fetcher, landing, minShare }: Means, run: TaskRun): Promise<ScrapeReport> {
    const { premises } = fetcher;
    const isLanded = await this.bronze.landedRuns();
    const visits = await this.pages.open({ site: SITE, runId: run.runId, signal: run.signal, fetcher, isLanded, landing });
    const crawl = new BookCrawl(visits, premises, run);
    try {
      const before = this.bronze.booksOf(premises.home);
      // Its failure is told when it is its turn.
      before.catch(() => undefined);
      const { books, arrivals } = await crawl.walk().finally(() => visits.settle());
      expectMost(books.length, await before, minShare);
      await this.bronze.write(books, landing, run);
      return {
        rows: books.length,
        fetched: arrivals.fetched + arrivals.resumed,
        unchanged: arrivals.unchanged,
        quarantined: crawl.unreadPages.length,
      };
    } finally {
      await this.putAside(crawl.unreadPages, run);
    }
  }

  /** Each page in a commit of its own: an attempt that goes on where another one ended adds those which that one had not met. */
  private async putAside(unread: readonly UnreadPage[], { runId }: TaskRun): Promise<void> {
    for (const { url, html, field, reason } of unread) {
      await this.quarantine.put([{ text: html, row: { url }, rules: [field], reason }], {
        ...{ dataset: 'bronze.books', stage: 'load', source: SITE, runId },
        txn: { appId: `scraping:${runId}:${url}`, version: 1 },
      });
    }
  }
}

function expectMost(books: number, booksBefore: number, minShare: number): void {
  if (books < booksBefore * minShare) throw new CatalogueShrunkError(books, booksBefore);
}
