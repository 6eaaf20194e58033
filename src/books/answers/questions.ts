import type { BookQuery, PriceQuery, SearchQuery, Slice } from '../book.schema.js';
import { fold } from '../search/folded-text.js';

const sliceOf = ({ offset, limit }: Slice): string => `${offset}+${limit ?? ''}`;

/** What a query asks for, as text: the same for all that are answered the same. */
export const QUESTIONS = {
  list: ({ sort, ...slice }: BookQuery): string => `list ${sort} ${sliceOf(slice)}`,
  topRated: ({ sort, ...slice }: BookQuery): string => `top-rated ${sort} ${sliceOf(slice)}`,
  priced: ({ min, max, sort, ...slice }: PriceQuery): string => `priced ${min} ${max} ${sort} ${sliceOf(slice)}`,
  search: ({ title = '', category = '', fuzzy, ...slice }: SearchQuery): string =>
    `search ${fuzzy ? 'fuzzy' : 'exact'} ${sliceOf(slice)} ${JSON.stringify([fold(title), fold(category)])}`,
};
