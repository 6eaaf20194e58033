import { aBook } from '../../../test/fixtures/books.js';
import type { Book } from '../book.schema.js';
import { BookTermCounts } from '../describing/book-terms.js';
import { Recommender } from './recommender.js';
import { TermIndexBuilder } from './term-index.js';

/** @param isDescribed books for which it is false came after the others were described */
function aRecommender(books: readonly Book[], isDescribed: (book: Book) => boolean = () => true): Recommender {
  const described = books.filter(isDescribed);
  const counts = new BookTermCounts();
  for (const book of described) counts.add(book);
  const terms = counts.fit();
  const index = new TermIndexBuilder();
  for (const book of described) index.add(book.id, terms.heaviest(book, 100));
  return new Recommender(books, index.build());
}

const STORM = 'A keeper of a lighthouse waits for the storm.';
const KITCHEN = 'Soup, bread and butter from a small kitchen.';
const FOX = 'A fox and a hare cross the frozen river.';

/** Books that share nothing beyond what is given. */
const shelf = (...books: Partial<Book>[]): Book[] =>
  books.map((book, place) =>
    aBook({ title: `T${place}`, category: `C${place}`, description: '', rating: 3, price: 10, ...book, id: place + 1 }),
  );
const idsFor = (books: readonly Book[], limit = 5): number[] =>
  aRecommender(books)
    .recommend(1, limit)
    .map(({ id }) => id);

describe('the recommendations for a book', () => {
  it('never have the book itself, and are none in a shop of one book', () => {
    expect(idsFor(shelf({}, {}, {}), 50)).toEqual([2, 3]);
    expect(idsFor(shelf({}))).toEqual([]);
  });

  it.each<[what: string, book: Partial<Book>, like: Partial<Book>]>([
    ['words in their descriptions', { description: STORM }, { description: `${STORM} Again.` }],
    ['words in their titles', { title: 'The storm', description: '' }, { title: 'Storm and sea', description: '' }],
    ['the category', { category: 'Poetry' }, { category: 'Poetry' }],
    ['the rating', { rating: 5 }, { rating: 4 }],
    ['the price', { price: 50 }, { price: 45 }],
  ])('begin with one that shares %s', (_what, book, like) => {
    expect(idsFor(shelf(book, { description: KITCHEN }, { description: FOX }, like))[0]).toBe(4);
  });

  it('say how much each part counts, and these sum to the score', () => {
    const [first] = aRecommender(
      shelf(
        { description: STORM, category: 'Poetry', rating: 5, price: 40 },
        { description: STORM, category: 'Poetry', rating: 3, price: 10 },
        { description: KITCHEN },
      ),
    ).recommend(1, 1);
    expect(first).toMatchObject({
      ...{ id: 2, score: 0.9375, because: { text: 0.7, category: 0.2, rating: 0.025, price: 0.0125 } },
      shared_terms: ['keeper', 'lighthouse', 'storm', 'waits'],
    });
  });

  it('have the fields of the book', () => {
    const books = shelf({}, { title: 'Fox', stock: null });
    expect(aRecommender(books).recommend(1, 1)[0]).toMatchObject(books[1]);
  });

  it('have one of the editions of a title, and those of the title itself last', () => {
    const books = shelf(
      { title: 'Storm', description: STORM },
      { title: 'STORM (Illustrated)', description: STORM },
      { title: 'Lighthouse', description: STORM, rating: 2 },
      { title: 'The Lighthouse', description: STORM, rating: 4 },
      { title: 'Lighthouse [Large print]', description: STORM },
      { title: 'Fox', description: FOX },
      { title: 'Kitchen', description: KITCHEN },
    );
    expect(idsFor(books, 4)).toEqual([5, 6, 7, 4]);
    expect(idsFor(books, 50)).toEqual([5, 6, 7, 4, 2, 3]);
  });

  it('are not filled with near-copies', () => {
    const volumes = Array.from({ length: 6 }, (_, n) => ({ title: `Volume ${n + 10}`, description: `${STORM} Part ${n + 10}` }));
    const others = [{ description: `${KITCHEN} The storm` }, { description: `${FOX} A lighthouse` }];
    const first = idsFor(shelf(...volumes, ...others), 3);
    expect(first.filter((id) => id <= volumes.length)).toHaveLength(1);
  });

  it('may have several books on one subject before one that has nothing to do with it', () => {
    const books = shelf(
      ...['storm sea keeper', 'storm sea keeper', 'storm market', 'market'].map((description) => ({ description })),
    );
    expect(idsFor(books)).toEqual([2, 3, 4]);
  });

  it('begin with the same books however many are asked for', () => {
    const books = shelf(...[STORM, FOX, STORM, KITCHEN, FOX, STORM, KITCHEN].map((description) => ({ description })));
    expect(idsFor(books, 6).slice(0, 3)).toEqual(idsFor(books, 3));
  });

  it('go by the id where nothing else decides', () => expect(idsFor(shelf({}, {}, {}, {}), 2)).toEqual([2, 3]));

  it.each([
    ['has no description', { title: '', description: '' }],
    ['has words that objects know', { title: 'constructor __proto__', description: 'toString' }],
    ['is free', { price: 0 }],
  ])('are there for a book that %s', (_what, book) => {
    const found = aRecommender(shelf(book, { description: KITCHEN, price: 0 }, { description: FOX })).recommend(1, 5);
    expect(found.map(({ score, because }) => [because.text, Number.isFinite(score)])).toEqual([
      [0, true],
      [0, true],
    ]);
  });

  it('take a book that is not described yet by all but its text', () => {
    const books = shelf(
      { description: STORM, category: 'Poetry' },
      { description: STORM, category: 'Poetry' },
      { description: STORM },
    );
    const recommender = aRecommender(books, ({ id }) => id !== 2);
    expect(recommender.recommend(1, 1)[0]).toMatchObject({ id: 3, because: { text: 0.7 } });
    expect(recommender.recommend(2, 1)[0]).toMatchObject({ id: 1, because: { text: 0, category: 0.2 }, shared_terms: [] });
  });
});
