import type { Column } from '../../engines/sql/sql.port.js';

/** What is added to each book, as it is handed to the engine. */
export const ADDED_COLUMNS: readonly Column[] = [
  { name: 'id', type: 'BIGINT' },
  { name: 'terms', type: 'STRUCT("term" VARCHAR, "weight" DOUBLE)[]' },
  { name: 'sentiment', type: 'VARCHAR' },
  ...['compound', 'positive', 'neutral', 'negative'].map((name) => ({ name, type: 'DOUBLE' })),
];

const FROM_BOOKS = ['id', 'title', 'description', 'price', 'rating', 'category', 'availability', 'stock'];

/** Over `books` and what is `given` beside it. */
export const FEATURES_SQL = `
select ${[
  ...FROM_BOOKS.map((name) => `books.${name}`),
  ...ADDED_COLUMNS.filter(({ name }) => name !== 'id').map(({ name }) => `given.${name}`),
].join(', ')}
from books
join given on given.id = books.id
order by books.id`;

export const DESCRIPTION = 'What each book is about and in which mood: for models and recommendations';

export const COLUMN_DESCRIPTIONS: Readonly<Record<string, string>> = {
  price: 'Pounds',
  rating: '1 to 5 stars',
  stock: 'Copies that are left',
  terms: 'The heaviest words of title and description by TF-IDF, heaviest first; words of one book alone are left out',
  sentiment: 'The mood of the description by VADER; missing where there is no description',
  compound: 'The mood in one number, -1 to 1',
  positive: 'The share of the description that is positive',
  neutral: 'The share that is neither',
  negative: 'The share that is negative',
};
