import { BookQuery, PriceQuery, SearchQuery, type Slice } from '../book.schema.js';
import { fold } from '../search/folded-text.js';
import { isPlain } from './catalogue-answers.js';
import { Question } from './question.js';

const sliceOf = ({ offset, limit }: Slice): string => `${offset}+${limit ?? ''}`;

/** What the lists of books may be asked for. */
export const QUESTIONS = {
  list: new Question(BookQuery, (query) => ({
    text: `list ${query.sort} ${sliceOf(query)}`,
    find: (catalogue) => catalogue.list(query),
    ready: isPlain(query) ? 'all' : undefined,
  })),
  topRated: new Question(BookQuery, (query) => ({
    text: `top-rated ${query.sort} ${sliceOf(query)}`,
    find: (catalogue) => catalogue.topRated(query),
    ready: isPlain(query) ? 'topRated' : undefined,
  })),
  priceRange: new Question(PriceQuery, ({ min, max, ...query }) => ({
    text: `price-range ${min} ${max} ${query.sort} ${sliceOf(query)}`,
    find: (catalogue) => catalogue.priced(min, max, query),
  })),
  search: new Question(SearchQuery, (query) => {
    const [title, category] = [query.title, query.category].map((text = '') => fold(text));
    return {
      text: `search ${query.fuzzy} ${sliceOf(query)} ${JSON.stringify([title, category])}`,
      find: (catalogue) => catalogue.search(query),
      category,
    };
  }),
};
