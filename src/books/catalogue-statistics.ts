import type { Book } from './book.schema.js';
import type { BookOverview, CategoryStatistics, StatisticsByCategory } from './statistics.schema.js';

export function overviewOf(books: readonly Book[]): BookOverview {
  const distribution = Map.groupBy(books, ({ rating }) => rating);
  return {
    total_books: books.length,
    average_price: books.length === 0 ? null : mean(books, 'price'),
    average_rating: books.length === 0 ? null : mean(books, 'rating'),
    rating_distribution: Object.fromEntries([...distribution].map(([rating, { length }]) => [rating, length])),
  };
}

/** @param categories in the order of the answer */
export function statisticsByCategory(books: readonly Book[], categories: readonly string[]): StatisticsByCategory {
  const grouped = Map.groupBy(books, ({ category }) => category);
  return Object.fromEntries(categories.map((category) => [category, statisticsOf(grouped.get(category) ?? [])]));
}

function statisticsOf(books: readonly Book[]): CategoryStatistics {
  const prices = books.map(({ price }) => price);
  return {
    count: books.length,
    avg_price: mean(books, 'price'),
    min_price: prices.reduce((a, b) => Math.min(a, b)),
    max_price: prices.reduce((a, b) => Math.max(a, b)),
    avg_rating: mean(books, 'rating'),
    stock: books.reduce((sum, { stock }) => sum + (stock ?? 0), 0),
  };
}

/** To two digits: pence, and as much of a rating. */
function mean(books: readonly Book[], field: 'price' | 'rating'): number {
  const sum = books.reduce((total, book) => total + book[field], 0);
  return Math.round((100 * sum) / books.length) / 100;
}
