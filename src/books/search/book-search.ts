import type { Book, SearchQuery } from '../book.schema.js';
import { fold, wordsOf } from './folded-text.js';
import { matchRank, RANK } from './match-rank.js';
import { TypoMatch } from './typo-match.js';

type Field = 'title' | 'category';

interface Hit {
  readonly book: Book;
  readonly rank: number;
}

/** Weighs the rank of the title against that of the category, which only decides between equal titles. */
const TITLE_WEIGHT = 1000;

/** Finds books by parts of their title and category, the best first: exact, at the beginning, at that of a word, elsewhere, by id. */
export class BookSearch {
  private readonly fields: Readonly<Record<Field, FoldedField>>;

  /** @param books by id */
  constructor(private readonly books: readonly Book[]) {
    this.fields = { title: new FoldedField(books, 'title'), category: new FoldedField(books, 'category') };
  }

  find({ title, category, fuzzy }: Pick<SearchQuery, Field | 'fuzzy'>): Book[] {
    const ofTitle = this.fields.title.rankBy(title, fuzzy);
    const ofCategory = this.fields.category.rankBy(category, fuzzy);
    const hits: Hit[] = [];
    for (const place of fuzzy ? this.books.keys() : this.candidates(title, category)) {
      const rank = ofTitle(place) * TITLE_WEIGHT + ofCategory(place);
      if (rank !== RANK.none) hits.push({ book: this.books[place], rank });
    }
    // Sorting is stable: what is equal stays by id.
    return hits.sort((a, b) => a.rank - b.rank).map(({ book }) => book);
  }

  /** Those that contain one of the texts. */
  private candidates(title = '', category = ''): number[] {
    const query = fold(title);
    return query === '' ? this.fields.category.containing(fold(category)) : this.fields.title.containing(query);
  }
}

/** One field of all books as it is searched: folded, and divided into words, once each and at the first wish. */
class FoldedField {
  private texts: readonly string[] | undefined;
  /** All texts, one a line: to look through one long text is several times as fast as through many short ones. */
  private lines: string | undefined;
  private words: readonly (readonly string[])[] | undefined;

  constructor(
    private readonly books: readonly Book[],
    private readonly field: Field,
  ) {}

  /** @returns how well the book at a place fits; every book does when nothing is asked */
  rankBy(text: string | undefined, fuzzy: boolean): (place: number) => number {
    const query = fold(text ?? '');
    if (query === '') return () => RANK.exact;
    const texts = this.folded();
    if (!fuzzy) return (place) => matchRank(texts[place], query);
    const [words, typos] = [this.divided(), new TypoMatch(query)];
    return (place) => {
      const rank = matchRank(texts[place], query);
      return rank === RANK.none ? typos.rank(words[place]) : rank;
    };
  }

  /** @returns the places of the books whose text contains a folded query */
  containing(query: string): number[] {
    const texts = this.folded();
    this.lines ??= texts.join('\n');
    const places: number[] = [];
    let [place, end] = [0, texts[0]?.length ?? 0];
    for (let at = this.lines.indexOf(query); at >= 0 && place < texts.length; at = this.lines.indexOf(query, end + 1)) {
      while (at > end) end += 1 + texts[++place].length;
      places.push(place);
    }
    return places;
  }

  private folded(): readonly string[] {
    this.texts ??= this.books.map((book) => fold(book[this.field]));
    return this.texts;
  }

  private divided(): readonly (readonly string[])[] {
    this.words ??= this.folded().map(wordsOf);
    return this.words;
  }
}
