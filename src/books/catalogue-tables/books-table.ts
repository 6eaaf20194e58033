import { EncodedBooks } from '../answers/encoded-books.js';
import type { Book } from '../book.schema.js';
import type { CatalogueTable } from './catalogue-table.js';

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

/** The books as they are, and as they go out. */
export interface ShelvedBooks {
  /** In the order of their ids, each once. */
  readonly books: readonly Book[];
  readonly encoded: EncodedBooks;
}

export const BOOKS: CatalogueTable<ShelvedBooks> = {
  name: 'silver.books',
  columns: NAMES,
  sql: `
    SELECT ${SELECTED.join(', ')} FROM given
    WHERE id IS NOT NULL AND title IS NOT NULL AND price IS NOT NULL AND rating IS NOT NULL ORDER BY id`,
  nothing: { books: [], encoded: new EncodedBooks(new Map()) },
  async make(rows) {
    const books = new Map<number, Book>();
    const encoded = new Map<number, Buffer>();
    for await (const cells of rows) {
      const book = bookOf(cells);
      books.set(book.id, book);
      encoded.set(book.id, EncodedBooks.encode(book));
    }
    return { books: [...books.values()], encoded: new EncodedBooks(encoded) };
  },
};

function bookOf(cells: readonly unknown[]): Book {
  const book = Object.fromEntries(NAMES.map((name, place) => [name, cells[place]])) as Omit<Book, 'id'> & { id: bigint };
  return { ...book, id: Number(book.id) };
}
