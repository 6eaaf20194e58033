import type { Book, BookQuery } from '../book.schema.js';
import type { Catalogue } from '../catalogue.js';
import { fold } from '../search/folded-text.js';
import type { EncodedBooks } from './encoded-books.js';
import { ReadyAnswer } from './ready-answer.js';

const PLAIN: BookQuery = { offset: 0, sort: 'id' };

export type ReadyName = 'all' | 'topRated' | 'categories' | 'overview' | 'byCategory';

/** One catalogue in the form in which it goes out. What depends on no parameter is made once, when it is first asked for. */
export class CatalogueAnswers {
  private readonly made = new Map<ReadyName, ReadyAnswer>();
  private byFoldedName: ReadonlyMap<string, string> | undefined;

  constructor(
    readonly catalogue: Catalogue,
    private readonly encoded: EncodedBooks,
  ) {}

  /** The same for the same books in every process, and after every restart. */
  get mark(): string {
    return this.ready('all').etag;
  }

  ready(name: ReadyName): ReadyAnswer {
    const known = this.made.get(name);
    if (known) return known;
    const answer = ReadyAnswer.of(this.make(name));
    this.made.set(name, answer);
    return answer;
  }

  /** @param folded by `fold`. @returns the category that has books and that name; undefined when there is none */
  categoryNamed(folded: string): string | undefined {
    this.byFoldedName ??= new Map(this.catalogue.categories().map((name) => [fold(name), name]));
    return this.byFoldedName.get(folded);
  }

  one(book: Book): Buffer {
    return this.encoded.one(book);
  }

  list(books: readonly Book[]): Buffer {
    return this.encoded.list(books);
  }

  private make(name: ReadyName): Buffer {
    switch (name) {
      case 'all':
        return this.encoded.all;
      case 'topRated':
        return this.encoded.list(this.catalogue.topRated(PLAIN));
      case 'categories':
        return Buffer.from(JSON.stringify(this.catalogue.categories()));
      case 'overview':
        return Buffer.from(JSON.stringify(this.catalogue.overview()));
      case 'byCategory':
        return Buffer.from(JSON.stringify(this.catalogue.statisticsByCategory()));
    }
  }
}

/** Whether a query asks for everything as it stands. */
export const isPlain = ({ limit, offset, sort }: BookQuery): boolean =>
  limit === undefined && offset === 0 && sort === PLAIN.sort;
