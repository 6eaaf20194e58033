import type { Book } from '../book.schema.js';
import { BestFew } from './best-few.js';
import { BookLikeness, numbered, sumOf } from './book-likeness.js';
import { diverseChoice } from './diverse-choice.js';
import { editionKey } from './edition-key.js';
import type { Recommendation } from './recommendation.schema.js';
import type { TermIndex } from './term-index.js';

const SHARED_TERMS = 5;
/** Titles among which variety is looked for. */
const CANDIDATES = 200;
const TO_DIGITS = 1e4;

interface Scored {
  /** In the list of books. */
  readonly place: number;
  readonly score: number;
}

/** Finds books that are like another one, and not all like each other. The same books give the same answer. */
export class Recommender {
  private readonly likeness: BookLikeness;
  private readonly places: ReadonlyMap<number, number>;
  /** By place of a book: its row in the index of terms. */
  private readonly rows: Uint32Array;
  /** By place of a book: a number for its title, the same for all editions. */
  private readonly titles: Uint32Array;
  private readonly titleCount: number;

  /** @param books in the order of their ids, each id once */
  constructor(
    private readonly books: readonly Book[],
    private readonly index: TermIndex,
  ) {
    this.likeness = new BookLikeness(books);
    this.places = new Map(books.map(({ id }, place) => [id, place]));
    this.rows = Uint32Array.from(books, ({ id }) => index.rowOf(id));
    this.titles = numbered(books.map(({ title }) => editionKey(title)));
    this.titleCount = this.titles.reduce((most, title) => Math.max(most, title + 1), 0);
  }

  /**
   * Best first: each next book by its own score and by what it adds to those before it. Of editions of one title there is one, and
   * others of the asked title there are none, as long as there are other books.
   * @param id of one of the books
   */
  recommend(id: number, limit: number): Recommendation[] {
    const asked = this.places.get(id);
    if (asked === undefined) return [];
    const cosines = this.index.cosinesWith(this.rows[asked]);
    const scores = new Float64Array(this.books.length);
    for (let place = 0; place < scores.length; place++) {
      scores[place] = this.likeness.score(asked, place, cosines[this.rows[place]]);
    }
    const chosen = this.diverse(this.bestOfTitles(asked, scores), limit);
    const places = [...chosen, ...this.others(asked, scores, chosen, limit - chosen.length)];
    return places.map((place) => this.explained(asked, place, cosines[this.rows[place]]));
  }

  /** The best book of each title but that of the asked one, of those titles that are best. */
  private bestOfTitles(asked: number, scores: Float64Array): Scored[] {
    const bestPlace = new Int32Array(this.titleCount).fill(-1);
    for (let place = 0; place < scores.length; place++) {
      const title = this.titles[place];
      if (bestPlace[title] < 0 || scores[place] > scores[bestPlace[title]]) bestPlace[title] = place;
    }
    const few = new BestFew<number>(CANDIDATES);
    bestPlace.forEach((place, title) => {
      if (title !== this.titles[asked]) few.offer(place, scores[place]);
    });
    return few.items.map((place) => ({ place, score: scores[place] }));
  }

  private diverse(candidates: readonly Scored[], count: number): number[] {
    const rows = Uint32Array.from(candidates, ({ place }) => this.rows[place]);
    // Squared: copies repeat each other, and books on one subject hardly do.
    const likenesses = (chosen: Scored) => this.index.cosinesOf(this.rows[chosen.place], rows).map((cosine) => cosine ** 2);
    return diverseChoice(candidates, count, likenesses).map(({ place }) => place);
  }

  /** What is left when every title is said. */
  private others(asked: number, scores: Float64Array, chosen: readonly number[], count: number): number[] {
    if (count === 0) return [];
    const few = new BestFew<number>(count);
    const said = new Set([asked, ...chosen]);
    scores.forEach((score, place) => {
      if (!said.has(place)) few.offer(place, score);
    });
    return few.items;
  }

  private explained(asked: number, place: number, cosine: number): Recommendation {
    const { text, category, rating, price } = this.likeness.reasons(asked, place, cosine);
    const because = { text: rounded(text), category: rounded(category), rating: rounded(rating), price: rounded(price) };
    return {
      ...this.books[place],
      score: rounded(sumOf(because)),
      because,
      shared_terms: this.index.sharedTerms(this.rows[asked], this.rows[place], SHARED_TERMS),
    };
  }
}

const rounded = (value: number): number => Math.round(value * TO_DIGITS) / TO_DIGITS;
