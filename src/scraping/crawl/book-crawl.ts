import type { TaskRun } from '../../pipelines/task-run.types.js';
import { FIRST_PAGE, parseDetails, parseList } from '../books-to-scrape.site.js';
import type { Premises } from '../fetching/premises.js';
import { AddressNotAllowedError, PageLayoutError, PageUnavailableError, TooManyFailuresError } from '../scraping.errors.js';
import type { BookDetails, ListedBook, ListPage } from '../scraping.types.js';
import { inParallel } from './in-parallel.js';
import type { Arrival, ArrivedPage, PageVisits } from './kept-pages.js';

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
  readonly arrivals: Readonly<Record<Arrival, number>>;
}

/** Pages of books at the same time, beside one of the list; the pace is set elsewhere. */
const ABREAST = 7;
/** Share of the pages of books that may fail before the layout is taken for changed, and never fewer than so many pages. */
const TOLERATED = { share: 0.02, pages: 5 };
const tolerated = (books: number): number => Math.max(TOLERATED.pages, TOLERATED.share * books);

/** One walk through the whole shop: its lists one after the other, and meanwhile the page of each book. */
export class BookCrawl {
  private readonly unread: UnreadPage[] = [];
  private readonly arrivals: Record<Arrival, number> = { fetched: 0, unchanged: 0, resumed: 0 };
  /** By their address, in the order of the shop. */
  private readonly books = new Map<string, ListedBook>();
  /** How many there are to be, as the shop says. */
  private promised = 0;
  private failed = 0;

  constructor(
    private readonly pages: Pick<PageVisits, 'visit'>,
    private readonly premises: Premises,
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
  async walk(): Promise<CrawlReport> {
    const details = new Map<string, BookDetails>();
    let done = 0;
    await inParallel(this.listedBooks(), ABREAST, async ({ url }) => {
      const own = await this.detailsOf(url);
      if (own) details.set(url, own);
      const of = Math.max(this.promised, this.books.size);
      this.run.progress(++done / of, `${done} of ${of} books`);
    });
    return {
      books: [...this.books.values()].map((book) => ({ listed: book, details: details.get(book.url) ?? null })),
      arrivals: this.arrivals,
    };
  }

  /** Goes from list to list, one ahead of those who visit their books. */
  private async *listedBooks(): AsyncGenerator<ListedBook> {
    const seen = new Set<string>();
    let ahead: Promise<ArrivedPage> | undefined = this.arrive(this.premises.at(FIRST_PAGE));
    try {
      while (ahead) {
        const { added, next } = this.readList(await ahead, seen);
        ahead = next === null ? undefined : this.arrive(next);
        // Its failure is told when it is its turn.
        ahead?.catch(() => undefined);
        yield* added;
      }
    } finally {
      await ahead?.catch(() => undefined);
    }
  }

  /** @param seen the pages of the list so far */
  private readList(page: ArrivedPage, seen: Set<string>): { added: ListedBook[]; next: string | null } {
    const { url } = page;
    seen.add(url);
    const { list, added } = this.read(page, (html, address) => {
      const parsed = parseList(html, address);
      this.expectOwn(url, parsed);
      const others = [...new Map(parsed.books.map((book) => [book.url, book])).values()].filter(
        (book) => !this.books.has(book.url),
      );
      if (others.length === 0) throw new PageLayoutError(url, 'books', 'were all on the pages before this one');
      expectEnd(url, parsed, seen, this.books.size + others.length);
      return { list: parsed, added: others };
    });
    for (const book of list.books) this.books.set(book.url, book);
    this.promised = list.results ?? 0;
    this.run.log.info(`${url}: ${list.books.length} books, ${this.books.size} in all`);
    return { added, next: list.next };
  }

  /** A link that leads out of the shop is none that the shop has made. */
  private expectOwn(url: string, { books, next }: ListPage): void {
    for (const [field, link] of [...books.map((book) => ['url', book.url] as const), ['next', next] as const]) {
      const objection = link === null ? undefined : this.premises.objectionTo(link);
      if (objection) throw new PageLayoutError(url, field, `leads to ${link?.slice(0, 200)}: ${objection}`);
    }
  }

  private async detailsOf(url: string): Promise<BookDetails | undefined> {
    try {
      return this.read(await this.arrive(url), parseDetails);
    } catch (error) {
      if (!isOfOnePage(error)) throw error;
      this.run.log.warn(error.message);
      if (++this.failed > tolerated(Math.max(this.promised, this.books.size))) throw new TooManyFailuresError(this.failed, error);
      return undefined;
    }
  }

  private async arrive(url: string): Promise<ArrivedPage> {
    const page = await this.pages.visit(url);
    this.arrivals[page.arrival]++;
    return page;
  }

  private read<T>({ url, address, html }: ArrivedPage, parse: (html: string, url: string) => T): T {
    try {
      return parse(html, address);
    } catch (error) {
      if (error instanceof PageLayoutError) this.unread.push({ url, html, field: error.field, reason: error.message });
      throw error;
    }
  }
}

const isOfOnePage = (error: unknown): error is Error =>
  error instanceof PageLayoutError || error instanceof PageUnavailableError || error instanceof AddressNotAllowedError;

/** A list leads to pages that are not read yet, and ends where it says. */
function expectEnd(url: string, { next, results }: ListPage, seen: ReadonlySet<string>, books: number): void {
  if (next !== null && seen.has(next)) throw new PageLayoutError(url, 'next', `leads back to ${next}`);
  if (next === null && results !== null && books < results - tolerated(results)) {
    throw new PageLayoutError(url, 'books', `end after ${books} of the ${results} that the page tells of`);
  }
}
