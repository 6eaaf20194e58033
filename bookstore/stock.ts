import { Random } from '../src/estimators/random.js';

export interface StockedBook {
  /** The number in its address. On the real site the first book listed has the highest. */
  readonly number: number;
  readonly title: string;
  /** Pounds. */
  readonly price: number;
  readonly rating: number;
  readonly stock: number;
  readonly category: string;
  readonly description: string | null;
  readonly upc: string;
}

const CATEGORIES = (
  'Travel,Mystery,Historical Fiction,Sequential Art,Classics,Philosophy,Romance,Womens Fiction,Fiction,Childrens,' +
  'Religion,Nonfiction,Music,Default,Science Fiction,Sports and Games,Add a comment,Fantasy,New Adult,Young Adult,' +
  'Science,Poetry,Paranormal,Art,Psychology,Autobiography,Parenting,Adult Fiction,Humor,Horror,' +
  'History,Food and Drink,Christian Fiction,Business,Biography,Thriller,Contemporary,Spirituality,Academic,Self Help,' +
  'Historical,Christian,Suspense,Short Stories,Novels,Health,Politics,Cultural,Erotica,Crime'
).split(',');

const NOUNS = (
  'Lighthouse,Orchard,River,Winter,Clockmaker,Garden,Island,Library,Harbour,Letter,Mountain,Café,Violin,Map,Storm,' +
  'Señora,Queen,Engine,Bridge,Summer,Ghost,Kitchen,Horizon,Fox,Museum,Voyage,Daughter,Tower,Market,Night'
).split(',');
const QUALITIES =
  'Last,Silent,Forgotten,Golden,Burning,Hidden,Little,Broken,Wild,Patient,Crooked,Seventh,Blue,Naïve,Honest'.split(',');
const PRAISE = 'wonderful,moving,brilliant,gentle,hilarious,beautiful,hopeful,charming'.split(',');
const BLAME = 'terrible,brutal,hopeless,dreary,cruel,grim,disappointing,sad'.split(',');
const PLAIN = 'long,quiet,detailed,curious,short,strange,careful,plain'.split(',');
const PLOTS = [
  'A {mood} story of a {noun} that nobody wanted & everybody needed',
  'What begins as a {mood} summer at the {noun} ends in a {mood} winter',
  'Two sisters inherit the {noun}; a {mood} secret comes with it',
  '"A {mood} book," says the Lisbon Review of <Books>',
  'He paid £5 for the {noun}, and found a {mood} letter in it',
  'Here is the {noun} as no map shows it: {mood}, {mood} and true',
];

/** Invented books, the same for the same seed. As on the real site price and rating hardly tell anything, and two have no description. */
export function aStock(count: number, seed = 1): StockedBook[] {
  const random = new Random(seed, 0);
  const below = (limit: number): number => Math.floor(random.fraction() * limit);
  const of = <T>(words: readonly T[]): T => words[below(words.length)];
  const sentence = (moods: readonly string[]): string =>
    of(PLOTS)
      .replaceAll('{mood}', () => of(moods))
      .replaceAll('{noun}', () => of(NOUNS).toLowerCase());
  const titles = [`The ${NOUNS[0]} (Tales of the Coast, #1): Complete & Unabridged`];
  return Array.from({ length: count }, (_, place) => {
    const moods = of([PRAISE, BLAME, PLAIN, [...PRAISE, ...BLAME]]);
    const title = titles[place] ?? `The ${of(QUALITIES)} ${of(NOUNS)}${below(3) === 0 ? ` of the ${of(NOUNS)}` : ''}`;
    titles[place] = title;
    return {
      number: count - place,
      title: place === count - 1 && count > 1 ? titles[1] : title,
      price: (1000 + below(5000)) / 100,
      rating: 1 + below(5),
      stock: 1 + below(22),
      category:
        place < CATEGORIES.length ? CATEGORIES[place] : CATEGORIES[Math.floor(random.fraction() ** 2 * CATEGORIES.length)],
      description:
        place === 160 || place === 995
          ? null
          : `${Array.from({ length: 3 + below(5) }, () => sentence(moods)).join('. ')} ...more`,
      upc: Array.from({ length: 16 }, () => below(16).toString(16)).join(''),
    };
  });
}

/** The same shop later: some prices and stocks are others, so that a second visit has something to tell. */
export const laterStock = (books: readonly StockedBook[], every = 10): StockedBook[] =>
  books.map((book, place) =>
    place % every === 0 ? { ...book, price: Math.round(book.price * 110) / 100, stock: Math.max(1, book.stock - 1) } : book,
  );
