import { BookStatistics, type CategorySums } from '../book-statistics.js';
import type { CatalogueTable } from './catalogue-table.js';

const RATINGS = [1, 2, 3, 4, 5];
const NUMBERS = ['count', 'total_price', 'min_price', 'max_price', 'total_rating', 'stock', ...RATINGS.map((n) => `rating_${n}`)];

export const STATISTICS: CatalogueTable<BookStatistics> = {
  name: 'gold.book_stats',
  columns: ['category', ...NUMBERS],
  sql: `
    SELECT CAST(category AS VARCHAR), ${NUMBERS.map((name) => `coalesce(CAST(${name} AS DOUBLE), 0)`).join(', ')} FROM given
    WHERE category IS NOT NULL AND count > 0`,
  nothing: new BookStatistics([]),
  async make(rows) {
    const sums: CategorySums[] = [];
    for await (const cells of rows) sums.push(sumsOf(cells as [string, ...number[]]));
    return new BookStatistics(sums);
  },
};

const sumsOf = ([category, count, totalPrice, minPrice, maxPrice, totalRating, stock, ...ofRating]: [
  string,
  ...number[],
]): CategorySums => ({
  ...{ category, count, totalPrice, minPrice, maxPrice, totalRating, stock },
  byRating: new Map(RATINGS.map((rating, place) => [rating, ofRating[place]])),
});
