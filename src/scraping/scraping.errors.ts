import { LabError } from '../errors/lab-error.js';

/** A page that is not laid out as the scraper knows it. */
export class PageLayoutError extends LabError {
  readonly code = 'PAGE_LAYOUT_CHANGED';
  readonly status = 422;

  constructor(
    readonly url: string,
    readonly field: string,
    reason: string,
  ) {
    super(`${url}: ${field} ${reason}. The page is in quarantine; has the site changed its layout?`);
  }
}

/** A page that was not got. */
export class PageUnavailableError extends LabError {
  readonly code = 'PAGE_UNAVAILABLE';
  readonly status = 502;

  constructor(
    readonly url: string,
    reason: string,
    /** Of the last answer, where there was one. */
    readonly answered?: number,
  ) {
    super(`${url} could not be fetched: ${reason}`);
  }
}

/** An address that the scraper does not go to, whoever asks. */
export class AddressNotAllowedError extends LabError {
  readonly code = 'ADDRESS_NOT_ALLOWED';
  readonly status = 422;

  constructor(url: string, reason: string) {
    super(`${url} is not fetched: ${reason}`);
  }
}

/** More pages than a scrape may ask for: a site that has no end, or a setting that is too low. */
export class PageBudgetError extends LabError {
  readonly code = 'PAGE_BUDGET_SPENT';
  readonly status = 422;

  constructor(most: number) {
    super(
      `The scrape asked for ${most} pages, which is the most it may. If the site really has more, raise max_pages of the task.`,
    );
  }
}

/** So many pages could not be read that what is left is no catalogue. */
export class TooManyFailuresError extends LabError {
  readonly code = 'TOO_MANY_PAGES_FAILED';
  readonly status = 502;

  constructor(failed: number, last: Error) {
    super(
      `${failed} pages of books could not be read, so the scrape stops and the catalogue stays as it was. The last: ${last.message}`,
    );
  }
}

/** So few books that the list has probably not been read whole. */
export class CatalogueShrunkError extends LabError {
  readonly code = 'CATALOGUE_SHRUNK';
  readonly status = 422;

  constructor(books: number, before: number) {
    super(
      `The shop lists ${books} books, and ${before} the last time: the scrape stops and the catalogue stays as it was. ` +
        'Has the site changed its layout? If the books are really gone, lower min_share of the task.',
    );
  }
}

/** A scrape is under way or waits already. */
export class ScrapeUnderWayError extends LabError {
  readonly code = 'SCRAPE_UNDER_WAY';
  readonly status = 409;

  constructor(href: string) {
    super(`A scrape is under way already: follow or cancel it at ${href}`);
  }
}

/** There is no export to delete. */
export class BooksFileNotFoundError extends LabError {
  readonly code = 'BOOKS_FILE_NOT_FOUND';
  readonly status = 404;

  constructor() {
    super('There is no books.csv. A scrape writes it: POST /api/v1/scraping/trigger.');
  }
}
