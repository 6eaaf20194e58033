import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
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
const BOOKS = 25;
const LISTS = 2;
const OPEN = { dataset: 'bronze.books', status: 'open', limit: 10, offset: 0 } as const;

/** The rooms stay open for all; each test has a shop of its own, and looks at nothing but its books. */
describe('a scrape of the bookshop', () => {
  const scraper = { baseUrl: '', requestsPerSecond: 10_000, contact: 'mailto:lab@example.org' };
  let store: Bookstore;
  let rooms: Rooms;
  const of = <T>(token: abstract new (...given: never[]) => T): T => rooms.module.get<T>(token);

  beforeAll(async () => {
    const files = Object.fromEntries(MODELS.map((path) => [path, readFileSync(join(WORKSPACE, path), 'utf8')]));
    rooms = await openRooms([ScrapingModule], { 'pipelines/houses.yaml': undefined, ...files }, new Map(), { scraper });
  });
  beforeEach(async () => {
    store = await Bookstore.open(aStock(BOOKS));
    scraper.baseUrl = store.url;
  });
  afterEach(() => store.close());
  afterAll(() => rooms.close());

  const scrape = (run = aTaskRun({ runId: randomUUID() }), options: object = {}) =>
    of(ScrapingService).scrape(ScrapeOptions.parse(options), run);
  /** Of this shop; `t` in the SQL. */
  const rowsOf = async (table: string, sql: string): Promise<Record<string, unknown>[]> => {
    const delta = of(DeltaService);
    if (!(await delta.exists(table))) return [];
    const all = await delta.relation(await delta.snapshot(table));
    return of(SqlEngine).rows({
      sql: `with t as (select * from everything where starts_with(url, '${store.url}/')) ${sql}`,
      tables: { everything: all },
    });
  };
  const count = async (table: string): Promise<number> => (await rowsOf(table, 'select 1 from t')).length;
  const refine = () => of(BuildService).build({ models: ['gold.book_stats', 'silver.book_history'], force: false }, aTaskRun());

  it('brings home what the shop shows, field for field', async () => {
    expect(await scrape()).toEqual({ rows: BOOKS, fetched: BOOKS + LISTS, unchanged: 0, quarantined: 0 });
    const [{ userAgent }] = store.requests;
    expect(userAgent).toMatch(/^dataflow-lab\/\d+\.\d+\.\d+ \(\+mailto:lab@example\.org\)$/);
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

  it('keeps each page with the moment at which it came, and the run that brought it', async () => {
    const [begun, runId] = [Date.now(), randomUUID()];
    await scrape(aTaskRun({ runId }));
    const sql = `select distinct _batch, _source from t where epoch_ms(fetched_at) between ${begun} and ${Date.now()}`;
    expect(await rowsOf('bronze.book_pages', sql)).toEqual([{ _batch: runId, _source: 'books.toscrape.com' }]);
    expect(await rowsOf('bronze.book_pages', 'select 1 from t where fetched_at is null')).toEqual([]);
  });

  it('asks a second time only for what has changed, and tells how prices moved; ids stay', async () => {
    await scrape();
    await refine();
    const before = await rowsOf('silver.books', 'select id, title, upc from t order by id');
    store.books = laterStock(store.books, 20);
    const later = await scrape();
    expect(later).toMatchObject({ rows: BOOKS, quarantined: 0 });
    expect([later.fetched, later.unchanged]).toEqual([2 + LISTS, BOOKS - 2]);
    await refine();
    expect(await rowsOf('silver.books', 'select id, title, upc from t order by id')).toEqual(before);
    expect(await count('silver.book_history')).toBe(BOOKS + 2);
    expect(await count('bronze.book_pages')).toBe(BOOKS + LISTS + 2 + LISTS);
  });

  it('keeps the id of a book that others came before, and gives none twice', async () => {
    await scrape();
    store.books = [{ ...store.books[0], number: 900, title: 'A new one', upc: 'f'.repeat(16) }, ...store.books.slice(1)];
    await scrape();
    await refine();
    const books = await rowsOf('silver.books', 'select id::int as id, title from t order by id');
    const [first] = books;
    expect(first.title).toBe(store.books[1].title);
    expect(books.at(-1)).toEqual({ id: Number(first.id) - 1 + BOOKS, title: 'A new one' });
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
    expect(await count('bronze.books')).toBe(0);
    store.misbehaviour = {};
    store.forget();
    await rooms.reopen();
    expect(await scrape(aTaskRun(run))).toMatchObject({ rows: BOOKS, quarantined: 0 });
    expect(store.requests.length).toBeLessThan(BOOKS);
    await scrape(aTaskRun(run));
    expect([await count('bronze.books'), await count('bronze.book_pages')]).toEqual([BOOKS, BOOKS + LISTS]);
  });

  it('brings to bronze also the pages of a run that was cancelled', async () => {
    const stop = new AbortController();
    store.misbehaviour = {
      delay: (path) => {
        if (store.requests.length === 20) stop.abort(new Error('cancelled'));
        return path.includes('page-') ? 0 : 1;
      },
    };
    await expect(scrape(aTaskRun({ runId: randomUUID(), signal: stop.signal }))).rejects.toThrow('cancelled');
    store.misbehaviour = {};
    expect((await scrape()).unchanged).toBeGreaterThan(0);
    expect((await scrape()).unchanged).toBe(BOOKS + LISTS);
    expect(await count('bronze.book_pages')).toBe(BOOKS + LISTS);
  });

  it('brings to bronze also what it received before it was broken off from where it goes no longer', async () => {
    const stop = new AbortController();
    const run = { runId: randomUUID() };
    store.misbehaviour = { delay: () => (store.requests.length === 20 && stop.abort(new Error('killed')), 0) };
    await expect(scrape(aTaskRun({ ...run, signal: stop.signal }))).rejects.toThrow('killed');
    const elsewhere = await Bookstore.open(aStock(BOOKS));
    try {
      scraper.baseUrl = elsewhere.url;
      await scrape(aTaskRun(run));
    } finally {
      await elsewhere.close();
    }
    expect(await rowsOf('bronze.book_pages', "select 1 from t where html like '%Books to Scrape%'")).not.toEqual([]);
    expect(await rowsOf('bronze.book_pages', 'select url from t group by url having count(*) > 1')).toEqual([]);
  });

  it('puts a page that cannot be read aside, with its field; the book stays as it was told before', async () => {
    await scrape();
    const [{ number, title, upc }] = store.books;
    const page = `_${number}/`;
    store.misbehaviour = { alter: (html, path) => (path.includes(page) ? html.replace('<th>UPC<', '<th>Code<') : html) };
    expect(await scrape()).toMatchObject({ rows: BOOKS, quarantined: 1 });
    await refine();
    expect(await rowsOf('silver.books', 'select title, upc from t order by id limit 1')).toEqual([{ title, upc }]);
    expect(await count('silver.book_history')).toBe(BOOKS);
    const { items } = await of(QuarantineListing).list(OPEN);
    const [own] = items.filter(({ row }) => String(row?.url).startsWith(store.url));
    expect(own).toMatchObject({
      rules: ['upc'],
      text: expect.stringContaining('<th>Code<'),
      reason: expect.stringContaining(title.split(' ')[1].toLowerCase()),
    });
  });

  it('puts aside also what an attempt that was broken off had not met', async () => {
    const stop = new AbortController();
    const bad = [store.books[0], store.books[BOOKS - 1]].map(({ number }) => `_${number}/`);
    store.misbehaviour = {
      alter: (html, path) => (bad.some((page) => path.includes(page)) ? html.replace('<th>UPC<', '<th>Code<') : html),
      delay: () => {
        if (store.requests.length === 20) stop.abort(new Error('killed'));
        return 0;
      },
    };
    const run = { runId: randomUUID() };
    const setAside = async () => {
      const { items } = await of(QuarantineListing).list({ ...OPEN, run: run.runId });
      return items.map(({ rules }) => rules);
    };
    await expect(scrape(aTaskRun({ ...run, signal: stop.signal }))).rejects.toThrow('killed');
    expect(await setAside()).toEqual([['upc']]);
    await scrape(aTaskRun(run));
    expect(await setAside()).toEqual([['upc'], ['upc']]);
  });

  it.each([
    [
      'the page of a book',
      (html: string, path: string) => (path.includes('page-') ? html : html.replace('<th>UPC<', '<th>Code<')),
      'TOO_MANY_PAGES_FAILED',
    ],
    ['the list', (html: string) => html.replaceAll('product_pod', 'card'), 'PAGE_LAYOUT_CHANGED'],
  ])('stops when the layout of %s has changed; the last good catalogue stays', async (_what, alter, code) => {
    await scrape();
    store.misbehaviour = { alter };
    await expect(scrape()).rejects.toMatchObject({ code });
    expect(await count('bronze.books')).toBe(BOOKS);
  });

  it('stops when most of the books have gone', async () => {
    await scrape();
    store.books = store.books.slice(0, 5);
    await expect(scrape()).rejects.toThrow(`The shop lists 5 books, and ${BOOKS} the last time`);
    expect(await scrape(undefined, { min_share: 0 })).toMatchObject({ rows: 5 });
  });

  it('reads links from where it was led to, also when it goes on later', async () => {
    store.misbehaviour = {
      refuse: (path) => (path === '/catalogue/page-1.html' ? { status: 302, headers: { location: '/index.html' } } : undefined),
    };
    const run = { runId: randomUUID() };
    expect(await scrape(aTaskRun(run))).toMatchObject({ rows: BOOKS });
    expect(await scrape(aTaskRun(run))).toMatchObject({ rows: BOOKS });
    expect(store.requests.map(({ path }) => path).filter((path) => path.startsWith('/catalogue/page-'))).toEqual([
      '/catalogue/page-1.html',
      '/catalogue/page-2.html',
    ]);
  });

  it('leaves a shop without end', async () => {
    store.misbehaviour = { endless: true };
    await expect(scrape()).rejects.toThrow('books were all on the pages before this one');
    expect(await count('bronze.books')).toBe(0);
  });

  it('asks for no more pages than it may', async () => {
    await expect(scrape(undefined, { max_pages: 10 })).rejects.toMatchObject({ code: 'PAGE_BUDGET_SPENT' });
    expect(store.requests).toHaveLength(10);
  });

  it('writes the catalogue as a file, and leaves nothing beside it', async () => {
    await scrape();
    await refine();
    expect(await of(BooksFile).write({}, aTaskRun())).toEqual({ rows: BOOKS });
    const [head, first] = (await readFile(join(rooms.folder, 'data/books.csv'), 'utf8')).split('\n');
    expect(head).toBe('id,title,price,rating,availability,category,image,description');
    expect(first).toMatch(/^\d+,"The Lighthouse \(Tales of the Coast, #1\): Complete & Unabridged",\d+(\.\d+)?,[1-5],In stock,/);
    expect((await readdir(join(rooms.folder, 'data'))).filter((name) => name.startsWith('books'))).toEqual(['books.csv']);
    const stopped = aTaskRun({ signal: AbortSignal.abort(new Error('killed')) });
    await expect(of(BooksFile).write({}, stopped)).rejects.toThrow();
    expect(await readFile(join(rooms.folder, 'data/books.csv'), 'utf8')).toContain(first);
    expect([await of(BooksFile).remove(), await of(BooksFile).remove()]).toEqual([true, false]);
  });
});
