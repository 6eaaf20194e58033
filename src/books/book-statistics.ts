import type { BookOverview, CategoryStatistics, StatisticsByCategory } from './statistics.schema.js';

/** What gold knows of the books of one category. */
export interface CategorySums {
  readonly category: string;
  /** Books; at least one. */
  readonly count: number;
  /** Pounds. */
  readonly totalPrice: number;
  readonly minPrice: number;
  readonly maxPrice: number;
  readonly totalRating: number;
  /** Copies. */
  readonly stock: number;
  /** Books of each rating. */
  readonly byRating: ReadonlyMap<number, number>;
}

/** Counts and means of the books, by category and of all. */
export class BookStatistics {
  /** By the alphabet. */
  private readonly sums: readonly CategorySums[];

  constructor(sums: readonly CategorySums[]) {
    this.sums = sums.toSorted((a, b) => inAlphabet.compare(a.category, b.category));
  }

  /** By the alphabet, each once. */
  get categories(): string[] {
    return this.sums.map(({ category }) => category);
  }

  get overview(): BookOverview {
    const count = this.total((sums) => sums.count);
    return {
      total_books: count,
      average_price:
        count === 0
          ? null
          : mean(
              this.total(({ totalPrice }) => totalPrice),
              count,
            ),
      average_rating:
        count === 0
          ? null
          : mean(
              this.total(({ totalRating }) => totalRating),
              count,
            ),
      rating_distribution: this.ratings(),
    };
  }

  get byCategory(): StatisticsByCategory {
    return Object.fromEntries(this.sums.map((sums) => [sums.category, statisticsOf(sums)]));
  }

  private total(of: (sums: CategorySums) => number): number {
    return this.sums.reduce((sum, category) => sum + of(category), 0);
  }

  /** Those that some book has. */
  private ratings(): Record<string, number> {
    const ratings = new Set(this.sums.flatMap(({ byRating }) => [...byRating.keys()]));
    const counted = [...ratings].map((rating) => [rating, this.total(({ byRating }) => byRating.get(rating) ?? 0)] as const);
    return Object.fromEntries(counted.filter(([, count]) => count > 0));
  }
}

const statisticsOf = ({ count, totalPrice, minPrice, maxPrice, totalRating, stock }: CategorySums): CategoryStatistics => ({
  count,
  avg_price: mean(totalPrice, count),
  min_price: minPrice,
  max_price: maxPrice,
  avg_rating: mean(totalRating, count),
  stock,
});

/** To two digits: pence, and as much of a rating. */
const mean = (sum: number, count: number): number => Math.round((100 * sum) / count) / 100;

const inAlphabet = new Intl.Collator('en');
