import { Inject, Injectable } from '@nestjs/common';
import { TableNotFoundError } from '../delta/delta.errors.js';
import { DeltaService } from '../delta/delta.service.js';
import type { Snapshot } from '../delta/delta.types.js';
import { SqlError } from '../engines/sql/sql.errors.js';
import { SqlEngine } from '../engines/sql/sql.port.js';
import { CatalogueAnswers } from './answers/catalogue-answers.js';
import { EncodedBooks } from './answers/encoded-books.js';
import type { Book } from './book.schema.js';
import { CatalogueUnreadableError } from './books.errors.js';
import { Catalogue } from './catalogue.js';

/** Where the scraped books stand, one row each. */
export const BOOKS_TABLE = 'silver.books';

const COLUMNS: readonly (readonly [name: keyof Book, type: string])[] = [
  ['id', 'BIGINT'],
  ['title', 'VARCHAR'],
  ['price', 'DOUBLE'],
  ['rating', 'INTEGER'],
  ['availability', 'VARCHAR'],
  ['category', 'VARCHAR'],
  ['image', 'VARCHAR'],
  ['description', 'VARCHAR'],
  ['url', 'VARCHAR'],
  ['upc', 'VARCHAR'],
  ['tax', 'DOUBLE'],
  ['stock', 'INTEGER'],
  ['reviews', 'INTEGER'],
];
const NAMES = COLUMNS.map(([name]) => name);
/** Older clients take every text for one: what is missing is empty. */
const SELECTED = COLUMNS.map(([name, type]) =>
  type === 'VARCHAR' ? `coalesce(CAST(${name} AS VARCHAR), '') AS ${name}` : `CAST(${name} AS ${type}) AS ${name}`,
);
const SQL = `
  SELECT ${SELECTED.join(', ')} FROM books
  WHERE id IS NOT NULL AND title IS NOT NULL AND price IS NOT NULL AND rating IS NOT NULL ORDER BY id`;

/** A catalogue, and the version of the table that it shows; none when there is no table. */
export interface LoadedCatalogue {
  readonly version: number | undefined;
  readonly answers: CatalogueAnswers;
}

/** Reads the table of books into memory. */
@Injectable()
export class CatalogueReader {
  constructor(
    private readonly delta: DeltaService,
    @Inject(SqlEngine) private readonly sql: SqlEngine,
  ) {}

  /**
   * @param known is returned again when the table still stands where it was
   * @throws {CatalogueUnreadableError} when the table has other columns
   */
  async read(known: LoadedCatalogue | undefined, signal: AbortSignal): Promise<LoadedCatalogue> {
    const snapshot = await this.newest();
    if (known && known.version === snapshot?.version) return known;
    return { version: snapshot?.version, answers: snapshot ? await this.load(snapshot, signal) : answersOf(new Map()) };
  }

  private async newest(): Promise<Snapshot | undefined> {
    try {
      return await this.delta.snapshot(BOOKS_TABLE);
    } catch (error) {
      if (error instanceof TableNotFoundError) return undefined;
      throw error;
    }
  }

  private async load(snapshot: Snapshot, signal: AbortSignal): Promise<CatalogueAnswers> {
    const books = new Map<number, readonly [Book, Buffer]>();
    const query = { sql: SQL, tables: { books: await this.delta.relation(snapshot) } };
    try {
      for await (const { rows, values } of this.sql.read(query, { signal })) {
        for (let row = 0; row < rows; row++) {
          const book = bookOf(values.map((column) => column[row]));
          books.set(book.id, [book, EncodedBooks.encode(book)]);
        }
      }
    } catch (error) {
      if (error instanceof SqlError) throw new CatalogueUnreadableError(BOOKS_TABLE, NAMES, error.reason);
      throw error;
    }
    return answersOf(books);
  }
}

/** @param cells in the order of the columns */
function bookOf(cells: readonly unknown[]): Book {
  const book = Object.fromEntries(NAMES.map((name, place) => [name, cells[place]])) as Omit<Book, 'id'> & { id: bigint };
  return { ...book, id: Number(book.id) };
}

function answersOf(books: ReadonlyMap<number, readonly [Book, Buffer]>): CatalogueAnswers {
  const encoded = new Map([...books].map(([id, [, bytes]]) => [id, bytes]));
  return new CatalogueAnswers(new Catalogue([...books.values()].map(([book]) => book)), new EncodedBooks(encoded));
}
