import type { TaskRun } from '../../pipelines/task-run.types.js';
import { FIRST_PAGE, parseDetails, parseList } from '../books-to-scrape.site.js';
import { PageLayoutError, PageUnavailableError, TooManyFailuresError } from '../scraping.errors.js';
import type { BookDetails, ListedBook } from '../scraping.types.js';
import { inParallel } from './in-parallel.js';
import type { Arrival, KeptPages, Visit } from './kept-pages.js';

/** A book that is in the list; its details are missing when its own page could not be read. */
export interface CrawledBook {
  readonly listed: ListedBook;
  readonly details: BookDetails | null;
}

/** A page that could not be read. */
export interface UnreadPage {
  readonly url: string;
  readonly html: string;
  readonly field: string;
  readonly reason: string;
}

export interface CrawlReport {
  readonly books: readonly CrawledBook[];
  readonly unread: readonly UnreadPage[];
  readonly arrivals: Readonly<Record<Arrival, number>>;
}

/** Pages of books at the same time; the pace is set elsewhere. */
const ABREAST = 8;
/** Share of the pages of books that may fail before the layout is taken for changed, and never fewer than so many pages. */
const TOLERATED = { share: 0.02, pages: 5 };
const LIST_SHARE = 0.1;

/** One walk through the whole shop: its lists one after the other, then the page of each book. */
export class BookCrawl {
  private readonly unread: UnreadPage[] = [];
  private readonly arrivals: Record<Arrival, number> = { fetched: 0, unchanged: 0, resumed: 0 };
  private failed = 0;

  constructor(
    private readonly pages: KeptPages,
    private readonly visit: Visit,
    private readonly run: Pick<TaskRun, 'log' | 'progress'>,
  ) {}

  /** What could not be read so far, also of a walk that was broken off. */
  get unreadPages(): readonly UnreadPage[] {
    return this.unread;
  }

  /**
   * @throws {PageLayoutError | PageUnavailableError} of a list: without it books would be missing
   * @throws {TooManyFailuresError} of the pages of books
   */
  async walk(baseUrl: string): Promise<CrawlReport> {
    const listed = await this.walkLists(new URL(FIRST_PAGE, baseUrl).href);
    const details = new Map<string, BookDetails>();
    let done = 0;
    await inParallel(listed, ABREAST, async ({ url }) => {
      const own = await this.detailsOf(url, listed.length);
      if (own) details.set(url, own);
      this.run.progress(LIST_SHARE + (1 - LIST_SHARE) * (++done / listed.length), `${done} of ${listed.length} books`);
    });
    return {
      books: listed.map((book) => ({ listed: book, details: details.get(book.url) ?? null })),
      unread: this.unread,
      arrivals: this.arrivals,
    };
  }

  private async walkLists(first: string): Promise<ListedBook[]> {
    const books = new Map<string, ListedBook>();
    const seen = new Set<string>();
    for (let url: string | null = first; url !== null && !seen.has(url);) {
      seen.add(url);
      const html = await this.arrive(url);
      const list: ReturnType<typeof parseList> = this.read(url, html, parseList);
      for (const book of list.books) books.set(book.url, book);
      this.run.log.info(`${url}: ${list.books.length} books, ${books.size} in all`);
      url = list.next;
    }
    this.run.progress(LIST_SHARE, `${books.size} books are listed`);
    return [...books.values()];
  }

  private async detailsOf(url: string, of: number): Promise<BookDetails | undefined> {
    try {
      return this.read(url, await this.arrive(url), parseDetails);
    } catch (error) {
      if (!(error instanceof PageLayoutError) && !(error instanceof PageUnavailableError)) throw error;
      this.run.log.warn(error.message);
      if (++this.failed > Math.max(TOLERATED.pages, TOLERATED.share * of)) throw new TooManyFailuresError(this.failed, error);
      return undefined;
    }
  }

  private async arrive(url: string): Promise<string> {
    const { html, arrival } = await this.pages.visit(url, this.visit);
    this.arrivals[arrival]++;
    return html;
  }

  private read<T>(url: string, html: string, parse: (html: string, url: string) => T): T {
    try {
      return parse(html, url);
    } catch (error) {
      if (error instanceof PageLayoutError) this.unread.push({ url, html, field: error.field, reason: error.message });
      throw error;
    }
  }
}
