import { z } from 'zod';
import { fold } from './search/folded-text.js';

export const Book = z
  .object({
    id: z.int().positive().meta({ description: 'Stays the same from one scrape to the next', example: 1 }),
    title: z.string().meta({ example: 'A Light in the Attic' }),
    price: z.number().meta({ description: 'Pounds', example: 51.77 }),
    rating: z.int().meta({ description: '1 to 5', example: 3 }),
    availability: z.string().meta({ example: 'In stock' }),
    category: z.string().meta({ example: 'Poetry' }),
    image: z.string().meta({ example: 'http://books.toscrape.com/media/cache/2c/da/2cdad67c44b002e7ead0cc35693c0e8b.jpg' }),
    description: z
      .string()
      .meta({ description: 'Empty when the page has none', example: 'This now-classic collection of poetry …' }),
    url: z.string().meta({ example: 'http://books.toscrape.com/catalogue/a-light-in-the-attic_1000/index.html' }),
    upc: z.string().meta({ example: 'a897fe39b1053632' }),
    tax: z.number().nullable().meta({ description: 'Pounds', example: 0 }),
    stock: z.int().nullable().meta({ description: 'How many are left', example: 22 }),
    reviews: z.int().nullable().meta({ example: 0 }),
  })
  .meta({ id: 'Book' });
export type Book = z.infer<typeof Book>;

export const Books = z.array(Book).meta({ id: 'Books' });

export const SORTS = ['id', 'title', 'price', 'rating', 'category', 'stock', 'reviews'] as const;
export type SortKey = (typeof SORTS)[number];

const Order = z.enum([...SORTS, ...SORTS.map((key) => `-${key}` as const)]);
export type Order = z.infer<typeof Order>;

const Slice = z.object({
  limit: z.coerce.number().int().min(1).optional().meta({ description: 'How many books at most; all when not given' }),
  offset: z.coerce.number().int().min(0).default(0).meta({ description: 'How many books to pass over' }),
});
export type Slice = z.infer<typeof Slice>;

export const BookQuery = Slice.extend({
  sort: Order.default('id').meta({ description: 'A minus in front turns the order; books that are equal in it stand by id' }),
});
export type BookQuery = z.infer<typeof BookQuery>;

/** A number beyond every id is no mistake in form: there is no such book. */
export const BookId = z
  .string()
  .regex(/^0*[1-9]\d*$/, 'The id of a book is a whole number from 1')
  .transform(Number);

export const PriceQuery = BookQuery.extend({
  min: z.coerce.number().default(0).meta({ description: 'Pounds, inclusive', example: 10 }),
  max: z.coerce.number().default(1000).meta({ description: 'Pounds, inclusive', example: 20 }),
}).refine(({ min, max }) => min <= max, { path: ['min'], error: 'min may not be more than max' });
export type PriceQuery = z.infer<typeof PriceQuery>;

const LONGEST_SEARCH = 200;
const SearchText = z.string().max(LONGEST_SEARCH).optional();
const isText = (text: string | undefined): boolean => text !== undefined && fold(text) !== '';

/** Forms of older clients send the field that was left empty as well: beside one that is filled it asks for nothing. */
export const SearchQuery = Slice.extend({
  title: SearchText.meta({ description: 'A part of the title', example: 'light' }),
  category: SearchText.meta({ description: 'A part of the category' }),
  fuzzy: z.stringbool().default(false).meta({ description: 'Also finds words with a typo or two, behind all others' }),
}).refine(({ title, category }) => isText(title) || isText(category), {
  path: ['title'],
  error: `Give title, category or both: 1 to ${LONGEST_SEARCH} characters`,
});
export type SearchQuery = z.infer<typeof SearchQuery>;
