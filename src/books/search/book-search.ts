import type { Book, SearchQuery } from '../book.schema.js';
import { fold, wordsOf } from './folded-text.js';
import { matchRank, RANK } from './match-rank.js';
import { TypoMatch } from './typo-match.js';

type Field = 'title' | 'category';

interface Hit {
  readonly book: Book;
  readonly ranks: readonly number[];
}

/** Finds books by parts of their title and category, the best first: exact, at the beginning, at that of a word, elsewhere, by id. */
export class BookSearch {
  private readonly fields = { title: new FoldedField(), category: new FoldedField() };

  /** @param books by id */
  constructor(private readonly books: readonly Book[]) {}

  find({ title, category, fuzzy }: Pick<SearchQuery, Field | 'fuzzy'>): Book[] {
    const asked = [this.rankBy('title', title, fuzzy), this.rankBy('category', category, fuzzy)].filter(
      (rank) => rank !== undefined,
    );
    const hits: Hit[] = [];
    for (const book of this.books) {
      const ranks: number[] = [];
      if (asked.every((rankOf) => ranks[ranks.push(rankOf(book)) - 1] !== RANK.none)) hits.push({ book, ranks });
    }
    // Sorting is stable: what is equal stays by id.
    return hits.sort((a, b) => compare(a.ranks, b.ranks)).map(({ book }) => book);
  }

  private rankBy(field: Field, text = '', fuzzy: boolean): ((book: Book) => number) | undefined {
    const query = fold(text);
    if (query === '') return undefined;
    const folded = this.fields[field];
    const typos = fuzzy ? new TypoMatch(query) : undefined;
    return (book) => {
      const rank = matchRank(folded.text(book[field]), query);
      return rank === RANK.none && typos ? typos.rank(folded.words(book[field])) : rank;
    };
  }
}

/** The values of one field as they are searched, folded and divided once each. */
class FoldedField {
  private readonly texts = new Map<string, string>();
  private readonly divided = new Map<string, readonly string[]>();

  text(value: string): string {
    return this.texts.get(value) ?? kept(this.texts, value, fold(value));
  }

  words(value: string): readonly string[] {
    return this.divided.get(value) ?? kept(this.divided, value, wordsOf(this.text(value)));
  }
}

function kept<T>(map: Map<string, T>, key: string, value: T): T {
  map.set(key, value);
  return value;
}

function compare(a: readonly number[], b: readonly number[]): number {
  const first = a.findIndex((rank, place) => rank !== b[place]);
  return first < 0 ? 0 : a[first] - b[first];
}
