import { LabError } from '../errors/lab-error.js';

export class BookNotFoundError extends LabError {
  readonly code = 'BOOK_NOT_FOUND';
  readonly status = 404;

  constructor(id: number) {
    super(`There is no book ${id}. List them with GET /api/v1/books.`);
  }
}

export class NothingToAnnounceError extends LabError {
  readonly code = 'NOTHING_TO_ANNOUNCE';
  readonly status = 422;

  constructor() {
    super('There is no scrape to announce. Run scraping.books and build gold.book_updates before it.');
  }
}

/** The table is there, and has other columns than the catalogue reads. */
export class CatalogueUnreadableError extends LabError {
  readonly code = 'CATALOGUE_UNREADABLE';
  readonly status = 503;

  constructor(table: string, columns: readonly string[], reason: string) {
    super(
      `${table} cannot be read for the catalogue: ${reason} It needs the columns ${columns.join(', ')}; build it again with them.`,
    );
  }
}
