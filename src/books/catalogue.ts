import type { Book, BookQuery, Order, SearchQuery, Slice, SortKey } from './book.schema.js';
import { BookStatistics } from './book-statistics.js';
import { BookNotFoundError } from './books.errors.js';
import type { Recommendation } from './recommending/recommendation.schema.js';
import { Recommender } from './recommending/recommender.js';
import { BooksNotDescribedError } from './recommending/recommending.errors.js';
import type { TermIndex } from './recommending/term-index.js';
import { BookSearch } from './search/book-search.js';
import { fold } from './search/folded-text.js';
import type { BookOverview, StatisticsByCategory } from './statistics.schema.js';

/** What gold has made of the books. A table that cannot be read is told to who asks for it, by an error. */
export interface Gold {
  readonly statistics: () => BookStatistics;
  /** Nothing as long as the books are not described. */
  readonly features: () => TermIndex | undefined;
  /** Names those features: another text for others. */
  readonly featuresMark: string;
}

const NOTHING_COUNTED = new BookStatistics([]);
const NO_GOLD: Gold = { statistics: () => NOTHING_COUNTED, features: () => undefined, featuresMark: 'none' };

/** The books as they stood at one moment. It never changes: after a change of a table there is another one. */
export class Catalogue {
  private readonly byId: ReadonlyMap<number, Book>;
  private readonly searching: BookSearch;
  private recommending: Recommender | undefined;

  /** @param books in the order of their ids, each id once */
  constructor(
    readonly books: readonly Book[],
    private readonly gold: Gold = NO_GOLD,
  ) {
    this.byId = new Map(books.map((book) => [book.id, book]));
    this.searching = new BookSearch(books);
  }

  /** @throws {BookNotFoundError} */
  find(id: number): Book {
    const book = this.byId.get(id);
    if (!book) throw new BookNotFoundError(id);
    return book;
  }

  list({ sort, ...slice }: BookQuery): Book[] {
    return sliced(sorted(this.books, sort), slice);
  }

  /** Best first. */
  search({ title, category, fuzzy, ...slice }: SearchQuery): Book[] {
    return sliced(this.searching.find({ title, category, fuzzy }), slice);
  }

  /** Those with the highest rating that any book has. */
  topRated({ sort, ...slice }: BookQuery): Book[] {
    const highest = this.books.reduce((most, { rating }) => Math.max(most, rating), -Infinity);
    const best = this.books.filter(({ rating }) => rating === highest);
    return sliced(sorted(best, sort), slice);
  }

  /** Both bounds inclusive, in pounds. */
  priced(min: number, max: number, { sort, ...slice }: BookQuery): Book[] {
    const within = this.books.filter(({ price }) => price >= min && price <= max);
    return sliced(sorted(within, sort), slice);
  }

  /** In the order of the alphabet, each once. @throws {CatalogueUnreadableError} as the next two */
  categories(): string[] {
    return this.gold.statistics().categories;
  }

  overview(): BookOverview {
    return this.gold.statistics().overview;
  }

  statisticsByCategory(): StatisticsByCategory {
    return this.gold.statistics().byCategory;
  }

  /** Of what {@link recommend} knows beside the books. */
  get featuresMark(): string {
    return this.gold.featuresMark;
  }

  /**
   * Books that are like one.
   * @throws {BookNotFoundError} @throws {BooksNotDescribedError} @throws {CatalogueUnreadableError}
   */
  recommend(id: number, limit: number): Recommendation[] {
    this.find(id);
    const features = this.gold.features();
    if (!features) throw new BooksNotDescribedError();
    this.recommending ??= new Recommender(this.books, features);
    return this.recommending.recommend(id, limit);
  }
}

const sliced = (books: readonly Book[], { limit = Infinity, offset }: Slice): Book[] => books.slice(offset, offset + limit);

/** @param books by id, which they keep where they are equal */
function sorted(books: readonly Book[], order: Order): readonly Book[] {
  if (order === 'id') return books;
  const turned = order.startsWith('-');
  const keyOf = KEYS[(turned ? order.slice(1) : order) as SortKey];
  const keyed = books.map((book) => ({ book, key: keyOf(book) }));
  return keyed.sort((a, b) => (turned ? compare(b.key, a.key) : compare(a.key, b.key))).map(({ book }) => book);
}

/** What is not known stands as if it were less than everything that is. */
const KEYS: Readonly<Record<SortKey, (book: Book) => number | string>> = {
  id: ({ id }) => id,
  title: ({ title }) => fold(title),
  price: ({ price }) => price,
  rating: ({ rating }) => rating,
  category: ({ category }) => fold(category),
  stock: ({ stock }) => stock ?? -1,
  reviews: ({ reviews }) => reviews ?? -1,
};

const compare = <T extends number | string>(a: T, b: T): number => (a < b ? -1 : a > b ? 1 : 0);
