import type { Book } from '../book.schema.js';

/** What a perfect match of each part counts; together 1. */
const WEIGHTS = { text: 0.7, category: 0.2, rating: 0.05, price: 0.05 };
const MOST_STARS_APART = 4;

/** How much each part counts in how alike two books are. */
export type Reasons = Readonly<Record<keyof typeof WEIGHTS, number>>;

export const sumOf = ({ text, category, rating, price }: Reasons): number => text + category + rating + price;

/** How alike books are, 0 to 1. In columns: it is asked for each book at each request. */
export class BookLikeness {
  private readonly categories: Uint32Array;
  private readonly ratings: Float64Array;
  private readonly prices: Float64Array;

  constructor(books: readonly Book[]) {
    this.categories = numbered(books.map(({ category }) => category));
    this.ratings = Float64Array.from(books, ({ rating }) => rating);
    this.prices = Float64Array.from(books, ({ price }) => price);
  }

  /**
   * @param a place of a book
   * @param cosine of their texts
   */
  score(a: number, b: number, cosine: number): number {
    return WEIGHTS.text * cosine + this.category(a, b) + this.rating(a, b) + this.price(a, b);
  }

  /** The parts of {@link score}. */
  reasons(a: number, b: number, cosine: number): Reasons {
    return { text: WEIGHTS.text * cosine, category: this.category(a, b), rating: this.rating(a, b), price: this.price(a, b) };
  }

  private category(a: number, b: number): number {
    return this.categories[a] === this.categories[b] ? WEIGHTS.category : 0;
  }

  private rating(a: number, b: number): number {
    return WEIGHTS.rating * Math.max(0, 1 - Math.abs(this.ratings[a] - this.ratings[b]) / MOST_STARS_APART);
  }

  /** By the ratio of the lower to the higher one; two that are free cost the same. */
  private price(a: number, b: number): number {
    const [one, other] = [this.prices[a], this.prices[b]];
    return WEIGHTS.price * (one === other ? 1 : Math.max(0, Math.min(one, other) / Math.max(one, other)));
  }
}

/** @returns a number for each text, the same for the same text; they count from 0 without a gap */
export function numbered(texts: readonly string[]): Uint32Array {
  const numbers = new Map<string, number>();
  return Uint32Array.from(texts, (text) => {
    const number = numbers.get(text) ?? numbers.size;
    numbers.set(text, number);
    return number;
  });
}
