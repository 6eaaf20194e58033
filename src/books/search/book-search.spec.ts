import { aBook } from '../../../test/fixtures/books.js';
import { BookSearch } from './book-search.js';

const titled = (...titles: string[]): BookSearch => new BookSearch(titles.map((title, place) => aBook({ id: place + 1, title })));
const titles = (search: BookSearch, title: string, fuzzy = false): string[] =>
  search.find({ title, fuzzy }).map((book) => book.title);

describe('BookSearch', () => {
  it('finds a part of a title in any case and without accents, on either side', () => {
    const search = titled('Café Mañana', 'The Cafe', 'Tea');
    expect(titles(search, 'CAFE')).toEqual(['Café Mañana', 'The Cafe']);
    expect(titles(search, 'mânànà')).toEqual(['Café Mañana']);
  });

  it('puts the exact title first, then what begins with it, then a word that does, then the rest', () => {
    const search = titled('Smart', 'The Art', 'Artful', 'Art', 'Kind Arts');
    expect(titles(search, 'art')).toEqual(['Art', 'Artful', 'The Art', 'Kind Arts', 'Smart']);
  });

  it('knows the beginning of a word behind an earlier place within one', () => {
    expect(titles(titled('Smart', 'Smart Art'), 'art')).toEqual(['Smart Art', 'Smart']);
  });

  it('leaves what is equally good in the order of the ids', () => {
    const books = [aBook({ id: 3, title: 'Night' }), aBook({ id: 7, title: 'Night' })];
    expect(new BookSearch(books).find({ title: 'night', fuzzy: false }).map(({ id }) => id)).toEqual([3, 7]);
  });

  it('wants title and category both when both are asked for', () => {
    const books = [aBook({ id: 1, category: 'Poetry' }), aBook({ id: 2, category: 'Art' })];
    expect(new BookSearch(books).find({ title: 'light', category: 'poet', fuzzy: false })).toEqual([books[0]]);
  });

  it('finds categories by their name, the exact one first', () => {
    const books = ['Nonfiction', 'Historical Fiction', 'Fiction'].map((category, id) => aBook({ id, category }));
    const found = new BookSearch(books).find({ category: 'fiction', fuzzy: false });
    expect(found.map(({ category }) => category)).toEqual(['Fiction', 'Historical Fiction', 'Nonfiction']);
  });

  it('finds each book once, the last one too, and is not led astray by empty titles', () => {
    expect(titles(titled('', 'ab ab', '', 'cab', 'b'), 'b')).toEqual(['b', 'ab ab', 'cab']);
  });

  it('takes signs for themselves', () => {
    expect(titles(titled('100% (Complete)', 'Complete'), '% (')).toEqual(['100% (Complete)']);
  });

  describe('with tolerance for typos', () => {
    const search = titled('The Lighthouse', 'Light House Keeping', 'The Lighthuose', 'Attic');

    it('finds words that are nearly right, behind those that are', () => {
      expect(titles(search, 'lighthuose', true)).toEqual(['The Lighthuose', 'The Lighthouse']);
    });

    it('finds nothing like that unless it is asked to', () => expect(titles(search, 'lighthousse')).toEqual([]));

    it('wants each word, in any order', () => {
      expect(titles(search, 'keping hause', true)).toEqual(['Light House Keeping']);
    });

    it('puts fewer typos first', () => {
      expect(titles(titled('Voyaegs', 'Voyages'), 'voyagse', true)).toEqual(['Voyages', 'Voyaegs']);
    });

    it('does not take signs alone for every book', () => expect(titles(search, '!?', true)).toEqual([]));
  });
});
