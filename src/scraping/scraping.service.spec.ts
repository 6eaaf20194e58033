import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Bookstore } from '../../bookstore/bookstore.js';
import { imageOf } from '../../bookstore/pages.js';
import { aStock, laterStock } from '../../bookstore/stock.js';
import { aTaskRun, openRooms, type Rooms } from '../../test/fixtures/rooms.js';
import { DeltaService } from '../delta/delta.service.js';
import { SqlEngine } from '../engines/sql/sql.port.js';
import { BuildService } from '../medallion/build.service.js';
import { QuarantineListing } from '../medallion/quarantine/quarantine-listing.js';
import { BooksFile } from './books-file.js';
import { ScrapingModule } from './scraping.module.js';
import { ScrapeOptions, ScrapingService } from './scraping.service.js';

const WORKSPACE = join(import.meta.dirname, '../../workspace');
const MODELS = ['transforms/silver/books.sql', 'transforms/silver/book_history.sql', 'transforms/gold/book_stats.sql'];
const BOOKS = 45;
const LISTS = 3;

describe('a scrape of the bookshop', () => {
  let store: Bookstore;
  let rooms: Rooms;
  const of = <T>(token: abstract new (...given: never[]) => T): T => rooms.module.get<T>(token);

  beforeEach(async () => {
    store = await Bookstore.open(aStock(BOOKS));
    const files = Object.fromEntries(MODELS.map((path) => [path, readFileSync(join(WORKSPACE, path), 'utf8')]));
    const scraper = { baseUrl: store.url, requestsPerSecond: 10_000, contact: 'mailto:lab@example.org' };
    rooms = await openRooms([ScrapingModule], { 'pipelines/houses.yaml': undefined, ...files }, new Map(), { scraper });
  });
  afterEach(async () => {
    await rooms.close();
    await store.close();
  });

  const scrape = (run = aTaskRun({ runId: randomUUID() }), options: object = {}) =>
    of(ScrapingService).scrape(ScrapeOptions.parse(options), run);
  const rowsOf = async (table: string, sql: string): Promise<Record<string, unknown>[]> => {
    const delta = of(DeltaService);
    const t = await delta.relation(await delta.snapshot(table));
    return of(SqlEngine).rows({ sql, tables: { t } });
  };
  const count = async (table: string): Promise<number> => Number((await rowsOf(table, 'select count(*) as n from t'))[0].n);
  const refine = () => of(BuildService).build({ models: ['gold.book_stats', 'silver.book_history'], force: false }, aTaskRun());

  it('brings home what the shop shows, field for field', async () => {
    expect(await scrape()).toEqual({ rows: BOOKS, fetched: BOOKS + LISTS, unchanged: 0, quarantined: 0 });
    await refine();
    const books = await rowsOf('silver.books', 'select * exclude (url, scraped_at) replace (id::int as id) from t order by id');
    expect(books).toEqual(
      store.books.map((book, place) => ({
        ...{ id: place + 1, title: book.title, price: book.price, rating: book.rating, availability: 'In stock' },
        ...{ category: book.category, image: `${store.url}/${imageOf(book, 'thumb')}`, description: book.description },
        ...{ upc: book.upc, tax: 0, stock: book.stock, reviews: 0 },
      })),
    );
  });

  it('asks a second time only for what has changed, and tells how prices moved; ids stay', async () => {
    await scrape();
    await refine();
    const before = await rowsOf('silver.books', 'select id, title, upc from t order by id');
    store.books = laterStock(store.books, 20);
    const later = await scrape();
    expect(later).toMatchObject({ rows: BOOKS, quarantined: 0 });
    expect([later.fetched, later.unchanged]).toEqual([3 + LISTS, BOOKS - 3]);
    await refine();
    expect(await rowsOf('silver.books', 'select id, title, upc from t order by id')).toEqual(before);
    expect(await count('silver.book_history')).toBe(BOOKS + 3);
    expect(await count('bronze.book_pages')).toBe(BOOKS + LISTS + 3 + LISTS);
  });

  it('keeps the id of a book that others came before, and gives none twice', async () => {
    await scrape();
    store.books = [{ ...store.books[0], number: 900, title: 'A new one', upc: 'f'.repeat(16) }, ...store.books.slice(1)];
    await scrape();
    await refine();
    const books = await rowsOf('silver.books', 'select id::int as id, title from t order by id');
    expect(books.at(-1)).toEqual({ id: BOOKS + 1, title: 'A new one' });
    expect(books[0]).toEqual({ id: 2, title: store.books[1].title });
  });

  it('goes on where it was broken off, and writes each row once', async () => {
    const stop = new AbortController();
    const run = { runId: randomUUID() };
    store.misbehaviour = {
      delay: () => {
        if (store.requests.length === 20) stop.abort(new Error('killed'));
        return 0;
      },
    };
    await expect(scrape(aTaskRun({ ...run, signal: stop.signal }))).rejects.toThrow('killed');
    expect(await of(DeltaService).exists('bronze.books')).toBe(false);
    store.misbehaviour = {};
    store.forget();
    await rooms.reopen();
    expect(await scrape(aTaskRun(run))).toMatchObject({ rows: BOOKS, quarantined: 0 });
    expect(store.requests.length).toBeLessThan(BOOKS);
    await scrape(aTaskRun(run));
    expect([await count('bronze.books'), await count('bronze.book_pages')]).toEqual([BOOKS, BOOKS + LISTS]);
  });

  it('puts a page that cannot be read aside, with its field; the book stays as it was told before', async () => {
    await scrape();
    const [{ number, title }] = store.books;
    store.misbehaviour = { alter: (html, path) => (path.includes(`_${number}/`) ? html.replace('<th>UPC<', '<th>Code<') : html) };
    expect(await scrape()).toMatchObject({ rows: BOOKS, quarantined: 1 });
    await refine();
    expect((await rowsOf('silver.books', 'select title, upc from t where id = 1'))[0]).toEqual({
      title,
      upc: store.books[0].upc,
    });
    const { items } = await of(QuarantineListing).list({ dataset: 'bronze.books', status: 'open', limit: 10, offset: 0 });
    expect(items).toEqual([
      expect.objectContaining({
        rules: ['upc'],
        text: expect.stringContaining('<th>Code<'),
        reason: expect.stringContaining(title.split(' ')[0].toLowerCase()),
      }),
    ]);
  });

  it.each([
    [
      'the page of a book',
      (html: string, path: string) =>
        path.includes('page-') ? html : html.replaceAll('product_description', 'x').replace('<th>UPC<', '<th>Code<'),
      'TOO_MANY_PAGES_FAILED',
    ],
    ['the list', (html: string) => html.replaceAll('product_pod', 'card'), 'PAGE_LAYOUT_CHANGED'],
  ])('stops when the layout of %s has changed; the last good catalogue stays', async (_what, alter, code) => {
    await scrape();
    await refine();
    store.misbehaviour = { alter };
    await expect(scrape()).rejects.toMatchObject({ code });
    expect(await count('bronze.books')).toBe(BOOKS);
    expect(await count('silver.books')).toBe(BOOKS);
  });

  it('leaves a shop without end', async () => {
    store.misbehaviour = { endless: true };
    await expect(scrape(aTaskRun({ runId: randomUUID() }), { max_pages: 30 })).rejects.toMatchObject({
      code: 'PAGE_BUDGET_SPENT',
    });
    expect(await of(DeltaService).exists('bronze.books')).toBe(false);
  });

  it('writes the catalogue as a file', async () => {
    await scrape();
    await refine();
    expect(await of(BooksFile).write({}, aTaskRun())).toEqual({ rows: BOOKS });
    const [head, first] = (await readFile(join(rooms.folder, 'data/books.csv'), 'utf8')).split('\n');
    expect(head).toBe('id,title,price,rating,availability,category,image,description');
    expect(first).toMatch(/^1,"The Lighthouse \(Tales of the Coast, #1\): Complete & Unabridged",\d+(\.\d+)?,[1-5],In stock,/);
    expect([await of(BooksFile).remove(), await of(BooksFile).remove()]).toEqual([true, false]);
  });
});
