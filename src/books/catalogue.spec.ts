import { aBook } from '../../test/fixtures/books.js';
import type { BookQuery } from './book.schema.js';
import { BookNotFoundError } from './books.errors.js';
import { Catalogue } from './catalogue.js';

const aQuery = (overrides: Partial<BookQuery> = {}): BookQuery => ({ offset: 0, sort: 'id', ...overrides });

const catalogue = new Catalogue([
  aBook({ id: 1, title: 'Éclair', price: 10, rating: 4, category: 'Poetry', stock: 3 }),
  aBook({ id: 2, title: 'zebra', price: 20.01, rating: 4, category: 'Art', stock: null }),
  aBook({ id: 3, title: 'Fox', price: 10, rating: 1, category: 'Art', stock: 5 }),
]);
const idsOf = (books: { id: number }[]): number[] => books.map(({ id }) => id);

describe('Catalogue', () => {
  it('finds a book by its id', () => expect(catalogue.find(2).title).toBe('zebra'));

  it('says that there is no such book', () => expect(() => catalogue.find(4)).toThrow(BookNotFoundError));

  it.each([
    ['price', [1, 3, 2]],
    ['-price', [2, 1, 3]],
    ['title', [1, 3, 2]],
    ['stock', [2, 1, 3]],
    ['-id', [3, 2, 1]],
  ] as const)('sorts by %s, and by id what is equal', (sort, ids) =>
    expect(idsOf(catalogue.list(aQuery({ sort })))).toEqual(ids),
  );

  it('gives a part of a list', () => {
    expect(idsOf(catalogue.list(aQuery({ limit: 1, offset: 1 })))).toEqual([2]);
    expect(idsOf(catalogue.list(aQuery({ offset: 9 })))).toEqual([]);
  });

  it('calls those top rated that have the highest rating there is', () => {
    expect(idsOf(catalogue.topRated(aQuery()))).toEqual([1, 2]);
  });

  it('takes both ends of a price range in', () => expect(idsOf(catalogue.priced(10, 20.01, aQuery()))).toEqual([1, 2, 3]));

  it('without books answers that there is nothing', () => {
    const empty = new Catalogue([]);
    expect([empty.list(aQuery()), empty.topRated(aQuery()), empty.categories(), empty.statisticsByCategory()]).toEqual([
      [],
      [],
      [],
      {},
    ]);
  });
});
