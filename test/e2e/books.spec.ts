import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Bookstore } from '../../bookstore/bookstore.js';
import { aStock, laterStock, type StockedBook } from '../../bookstore/stock.js';
import { aLabFolder, type Answer, Lab, removeFolder } from '../fixtures/lab.js';

const BOOKS = 45;
const PASSWORD = 'a-long-passphrase';
const TRIGGER = '/api/v1/scraping/trigger';
const LOGS = '/api/v1/scraping/logs?lines=1000';

const shown = ({ title, price, rating, category, description, upc, stock }: StockedBook): object => ({
  ...{ title, price, rating, category, availability: 'In stock', description: description ?? '' },
  ...{ upc, stock, tax: 0, reviews: 0 },
});

/** One shop and the whole pipeline that comes with the lab, in the order in which a user meets it. */
describe('a bookshop', () => {
  let folder: string;
  let store: Bookstore;
  let lab: Lab;
  const start = (): Promise<Lab> =>
    Lab.start(folder, { SCRAPER_BASE_URL: store.url, SCRAPER_RATE: '10000', OPEN_RATE_LIMIT: '0' });

  beforeAll(async () => {
    folder = await aLabFolder();
    store = await Bookstore.open(aStock(BOOKS));
    lab = await start();
    for (const role of ['viewer', 'engineer']) {
      await lab.call('POST', '/api/v1/users', { username: role, password: PASSWORD, role });
    }
  });
  afterAll(async () => {
    await lab?.stop();
    await store.close();
    await removeFolder(folder);
  });

  const get = async (path: string): Promise<Answer['body']> => (await lab.request('GET', `/api/v1${path}`)).body;
  const as = async (role: string, method: string, path: string): Promise<number> => {
    const token = await lab.login(role, PASSWORD);
    return (await lab.request(method, path, undefined, { authorization: `Bearer ${token}` })).status;
  };
  const scraped = (status: 'completed' | 'failed'): Promise<Answer['body']> => lab.until(LOGS, (log) => log.status === status);
  const statuses = (): number[] => store.requests.filter(({ path }) => path.includes('_')).map(({ status }) => status);
  /** Holds the shop's answers back until it is let go. */
  const hold = (): (() => void) => {
    store.misbehaviour = { delay: () => (store.misbehaviour.delay ? 300 : 0) };
    return () => (store.misbehaviour = {});
  };

  it('is empty before it was ever scraped', async () => {
    expect([await get('/books'), await get('/categories')]).toEqual([[], []]);
    expect(await get('/scraping/logs')).toEqual({ logs: [], total_lines: 0, status: 'not_started' });
    expect((await lab.request('GET', '/api/v1/books/1')).status).toBe(404);
  });

  it('is scraped by engineers alone', async () => {
    expect((await lab.request('POST', TRIGGER)).status).toBe(401);
    expect(await as('viewer', 'POST', TRIGGER)).toBe(403);
    expect(store.requests).toEqual([]);
  });

  it('is scraped once at a time; a lab that is killed meanwhile goes on where it was', async () => {
    const letGo = hold();
    const answers = await Promise.all([lab.call('POST', TRIGGER), lab.call('POST', TRIGGER)]);
    const [begun, refused] = answers.toSorted((a, b) => a.status - b.status);
    expect(begun).toMatchObject({ status: 202, body: { status: 'running', href: `/api/v1/runs/${begun.body.id}` } });
    expect(refused).toMatchObject({
      status: 409,
      body: { code: 'SCRAPE_UNDER_WAY', detail: expect.stringContaining(begun.body.href) },
    });
    expect((await get('/scraping/logs')).status).toBe('running');
    letGo();
    const killed = new Promise<void>((resolve) => {
      store.misbehaviour = { delay: () => (store.requests.length >= 30 ? (resolve(), 0) : 20) };
    });
    await killed;
    await lab.kill();
    store.misbehaviour = {};
    lab = await start();
    const { logs } = await scraped('completed');
    expect(logs.at(0)).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z INFO /);
    expect((await get('/books')).map(({ id: _id, url: _url, image: _image, ...book }: Answer['body']) => book)).toEqual(
      store.books.map(shown),
    );
  });

  it('is searched and summed up', async () => {
    const [best] = await get('/books/search?title=LIGHTHOUSE');
    expect(best.title).toContain('The Lighthouse');
    expect((await get('/stats/overview')).total_books).toBe(BOOKS);
    const counts: { count: number }[] = Object.values(await get('/stats/categories'));
    expect(counts.reduce((sum, { count }) => sum + count, 0)).toBe(BOOKS);
  });

  it('is recommended from, guessed at and felt about by anybody', async () => {
    const [{ id, category }] = await get('/books');
    const ask = (path: string, body: object) => lab.request('POST', `/api/v1/ml/${path}`, body);
    const recommended: Answer['body'][] = await get(`/ml/recommendations/${id}?limit=3`);
    expect(recommended).toHaveLength(3);
    expect(JSON.stringify(recommended)).not.toContain(`"id":${id},`);
    expect((await lab.request('GET', '/api/v1/ml/recommendations/100000')).status).toBe(404);
    const price = await ask('predict/price', { rating: 4, category, availability: 'In stock' });
    expect(price).toMatchObject({
      status: 200,
      body: { predicted_price: expect.any(Number), beats_baseline: expect.any(Boolean) },
    });
    const rating = await ask('predictions', { price: 20, category });
    expect(rating.body.predicted_rating).toBeGreaterThanOrEqual(1);
    expect((await ask('sentiment', { description: 'A wonderful, moving book' })).body.sentiment).toBe('positive');
    expect(await get('/ml/features')).toHaveLength(BOOKS);
    expect(await get('/ml/training-data')).toHaveLength(BOOKS);
  });

  it('is asked later only for what has changed; ids stay, and prices are remembered', async () => {
    const before: Answer['body'][] = await get('/books');
    const another = { ...store.books[1], number: 900, title: 'A new one', upc: 'f'.repeat(16) };
    const gone = store.books[5];
    store.books = [another, ...laterStock(store.books, 20).filter(({ number }) => number !== gone.number)];
    store.forget();
    expect((await lab.call('POST', TRIGGER)).status).toBe(202);
    await scraped('completed');
    expect(statuses().filter((status) => status === 200)).toHaveLength(4);
    expect(statuses().filter((status) => status === 304)).toHaveLength(BOOKS - 4);
    const ids = new Map(before.map(({ upc, id }) => [upc, id]));
    const after: Answer['body'][] = await get('/books');
    expect(after.map(({ id, upc, price }) => [id, upc, price])).toEqual(
      store.books
        .map(({ upc, price }) => [ids.get(upc) ?? BOOKS + 1, upc, price] as const)
        .toSorted(([a], [b]) => Number(a) - Number(b)),
    );
    expect((await lab.request('GET', `/api/v1/books/${ids.get(gone.upc)}`)).status).toBe(404);
    expect((await lab.call('GET', '/api/v1/datasets/silver.book_history')).body.rows).toBe(BOOKS + 3 + 1);
  });

  it('stays as it was when a scrape is cancelled, or meets a layout that has changed', async () => {
    const letGo = hold();
    const { body } = await lab.call('POST', TRIGGER);
    expect((await lab.call('POST', `${body.href}/cancel`)).status).toBeLessThan(300);
    await scraped('failed');
    letGo();
    store.misbehaviour = { alter: (html) => html.replaceAll('product_pod', 'card') };
    await lab.call('POST', TRIGGER);
    const { logs } = await lab.until(LOGS, (log) => log.status === 'failed' && log.logs.join().includes('changed its layout'));
    expect(logs.join('\n')).toContain('books are not on the page');
    expect(await get('/books')).toHaveLength(BOOKS);
    const { body: quarantine } = await lab.call('GET', '/api/v1/quarantine?dataset=bronze.books');
    expect(quarantine.items).toEqual([expect.objectContaining({ rules: ['books'], text: expect.stringContaining('card') })]);
  });

  it('is exported as a file, which an admin may delete; the books stay', async () => {
    const file = join(folder, 'data/books.csv');
    const [head, ...rows] = (await readFile(file, 'utf8')).trimEnd().split('\n');
    expect([head, rows.length]).toEqual(['id,title,price,rating,availability,category,image,description', BOOKS]);
    expect(await as('engineer', 'DELETE', '/api/v1/scraping/delete-csv')).toBe(403);
    const deletions = [
      await lab.call('DELETE', '/api/v1/scraping/delete-csv'),
      await lab.call('DELETE', '/api/v1/scraping/delete-csv'),
    ];
    expect(deletions.map(({ status }) => status)).toEqual([200, 404]);
    expect(existsSync(file)).toBe(false);
    expect(await get('/books')).toHaveLength(BOOKS);
  });
});
