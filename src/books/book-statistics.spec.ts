import { BookStatistics, type CategorySums } from './book-statistics.js';

const sums = (overrides: Partial<CategorySums> = {}): CategorySums => ({
  ...{ category: 'Poetry', count: 1, totalPrice: 10, minPrice: 10, maxPrice: 10, totalRating: 4, stock: 3 },
  byRating: new Map([[4, 1]]),
  ...overrides,
});

describe('the statistics of books', () => {
  const ART = { category: 'Art', count: 2, totalPrice: 30.01, minPrice: 10, maxPrice: 20.01, totalRating: 5, stock: 5 };
  const statistics = new BookStatistics([
    sums(),
    sums({
      ...ART,
      byRating: new Map([
        [1, 1],
        [4, 1],
        [5, 0],
      ]),
    }),
  ]);

  it('of all are those of the categories together, to the penny', () => {
    expect(statistics.overview).toEqual({
      total_books: 3,
      average_price: 13.34,
      average_rating: 3,
      rating_distribution: { 1: 1, 4: 2 },
    });
  });

  it('are told of each category, by the alphabet', () => {
    expect(statistics.categories).toEqual(['Art', 'Poetry']);
    expect(Object.entries(statistics.byCategory)).toEqual([
      ['Art', { count: 2, avg_price: 15.01, min_price: 10, max_price: 20.01, avg_rating: 2.5, stock: 5 }],
      ['Poetry', { count: 1, avg_price: 10, min_price: 10, max_price: 10, avg_rating: 4, stock: 3 }],
    ]);
  });

  it('of nothing have no means', () => {
    expect(new BookStatistics([]).overview).toEqual({
      total_books: 0,
      average_price: null,
      average_rating: null,
      rating_distribution: {},
    });
  });
});
