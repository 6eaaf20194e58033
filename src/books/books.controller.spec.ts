import { gunzipSync } from 'node:zlib';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { aBook, countBooks, LocalBus, stockBooks } from '../../test/fixtures/books.js';
import { openLake, type TestLake } from '../../test/fixtures/lake.js';
import { DeltaService } from '../delta/delta.service.js';
import { Cache } from '../engines/cache/cache.port.js';
import { MemoryCache } from '../engines/cache/memory.cache.js';
import { SqlEngine } from '../engines/sql/sql.port.js';
import { EventBus } from '../events/event-bus.js';
import { httpAdapter, setUpHttp } from '../http/http-server.js';
import { BookMetrics } from './announcing/book-metrics.js';
import { CachedAnswers } from './answers/cached-answers.js';
import type { Book } from './book.schema.js';
import { BooksController } from './books.controller.js';
import { CatalogueService } from './catalogue.service.js';
import { CatalogueReader } from './catalogue-reader.js';
import { StatisticsController } from './statistics.controller.js';

const BOOKS = [
  aBook({ id: 1, title: 'A Light in the Attic', price: 51.77, rating: 5 }),
  aBook({ id: 2, title: 'Café "Light"', price: 10, rating: 5, category: 'Art' }),
  aBook({ id: 3, title: 'Fox', price: 20, rating: 1, category: 'Art', description: 'A long story. '.repeat(200) }),
];

describe('the routes of the catalogue', () => {
  let lake: TestLake;
  let app: NestFastifyApplication;
  const counted: string[] = [];

  const open = async (books: readonly Book[]): Promise<void> => {
    lake = await openLake();
    if (books.length > 0) {
      await stockBooks(lake, books);
      await countBooks(lake);
    }
    const module = await Test.createTestingModule({
      controllers: [BooksController, StatisticsController],
      providers: [
        CatalogueReader,
        CatalogueService,
        CachedAnswers,
        { provide: BookMetrics, useValue: { countRequest: (category: string) => counted.push(category) } },
        { provide: Cache, useValue: new MemoryCache({ ttlMs: 60_000, maxBytes: 1_000_000 }) },
        { provide: DeltaService, useValue: lake.delta },
        { provide: SqlEngine, useValue: lake.sql },
        { provide: EventBus, useClass: LocalBus },
      ],
    }).compile();
    app = module.createNestApplication<NestFastifyApplication>(httpAdapter(), { logger: false });
    setUpHttp(app);
    await app.init();
    await app.getHttpAdapter().getInstance().ready();
  };
  const get = (path: string, headers: Record<string, string> = {}) =>
    app.inject({ method: 'GET', url: `/api/v1${path}`, headers });
  const idsAt = async (path: string): Promise<number[]> => (await get(path)).json<Book[]>().map(({ id }) => id);

  const close = async (): Promise<void> => {
    await app.close();
    await lake.close();
  };

  describe('before the first scrape', () => {
    beforeAll(() => open([]));
    afterAll(close);

    it.each(['/books', '/books?limit=5', '/books/top-rated', '/books/price-range', '/books/search?title=light', '/categories'])(
      'give nothing at %s',
      async (path) => {
        const answer = await get(path);
        expect([answer.statusCode, answer.json()]).toEqual([200, []]);
      },
    );

    it('have statistics of nothing', async () => {
      expect((await get('/stats/overview')).json()).toEqual({
        total_books: 0,
        average_price: null,
        average_rating: null,
        rating_distribution: {},
      });
      expect((await get('/stats/categories')).json()).toEqual({});
    });

    it('have no book', async () => expect((await get('/books/1')).statusCode).toBe(404));
  });

  describe('with books', () => {
    beforeAll(() => open(BOOKS));
    afterAll(close);

    it('give all books as a plain array', async () => {
      const answer = await get('/books');
      expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
      expect(answer.json()).toEqual(BOOKS);
    });

    it.each([
      ['/books?limit=2&offset=1', [2, 3]],
      ['/books?sort=-price', [1, 3, 2]],
      ['/books/top-rated', [1, 2]],
      ['/books/top-rated?sort=price&limit=1', [2]],
      ['/books/price-range', [1, 2, 3]],
      ['/books/price-range?min=10&max=20', [2, 3]],
      ['/books/price-range?min=999', []],
      ['/books/search?title=cafe', [2]],
      ['/books/search?title=LIGHT', [1, 2]],
      ['/books/search?title=light&category=art', [2]],
      ['/books/search?title=&category=art', [2, 3]],
      ['/books/search?title=ligth', []],
      ['/books/search?title=ligth&fuzzy=true', [1, 2]],
      ['/books/search?category=art&limit=1', [2]],
    ])('answer %s', async (path, ids) => expect(await idsAt(path)).toEqual(ids));

    it('give one book', async () => expect((await get('/books/2')).json()).toEqual(BOOKS[1]));

    it('count requests by the category that they ask about, if it has books', async () => {
      counted.splice(0);
      for (const turn of ['first', 'again']) {
        for (const asked of ['category=ART', 'title=fox&category=art', 'category=ar', 'title=art', 'category=Opera']) {
          expect([turn, (await get(`/books/search?${asked}`)).statusCode]).toEqual([turn, 200]);
        }
      }
      await get('/books/1');
      await get('/books/99');
      expect(counted).toEqual(['Art', 'Art', 'Art', 'Art', 'Poetry']);
    });

    it('give the categories and the statistics', async () => {
      expect((await get('/categories')).json()).toEqual(['Art', 'Poetry']);
      expect((await get('/stats/overview')).json()).toMatchObject({ total_books: 3, rating_distribution: { 1: 1, 5: 2 } });
      expect((await get('/stats/categories')).json()).toMatchObject({ Art: { count: 2, avg_price: 15 }, Poetry: { count: 1 } });
    });

    it.each([
      ...['/books', '/books?sort=price', '/books/top-rated', '/books/top-rated?limit=1', '/books/price-range?max=20'],
      ...['/books/search?title=light', '/books/search?title=ligth&fuzzy=true'],
      ...['/categories', '/stats/overview', '/stats/categories'],
    ])('say of %s that it is the same as before', async (path) => {
      const { etag, ...headers } = (await get(path)).headers;
      expect(headers).toMatchObject({ 'cache-control': 'public, no-cache', vary: 'Accept-Encoding' });
      const again = await get(path, { 'if-none-match': `"other", ${String(etag)}` });
      expect([again.statusCode, again.body, again.headers.etag]).toEqual([304, '', etag]);
      expect((await get(path, { 'if-none-match': '"other"' })).statusCode).toBe(200);
    });

    it.each(['/books', '/books/search?title=fox', '/books/price-range?min=20'])(
      'compress %s for who takes it, and for nobody else',
      async (path) => {
        await get(path);
        const answer = await get(path, { 'accept-encoding': 'br, gzip;q=0.8' });
        expect(answer.headers['content-encoding']).toBe('gzip');
        const plain = await get(path, { 'accept-encoding': 'br, gzip;q=0' });
        expect(plain.headers['content-encoding']).toBeUndefined();
        expect(gunzipSync(answer.rawPayload)).toEqual(plain.rawPayload);
      },
    );

    it.each([
      ['/books/0', 'id'],
      ['/books/poetry', 'id'],
      ['/books/-1', 'id'],
      ['/books/1.5', 'id'],
      ['/books?limit=0', 'limit'],
      ['/books?offset=-1', 'offset'],
      ['/books?sort=colour', 'sort'],
      ['/books/price-range?min=20&max=10', 'min'],
      ['/books/price-range?min=cheap', 'min'],
      ['/books/search', 'title'],
      ['/books/search?title=', 'title'],
      ['/books/search?title=%20%CC%81', 'title'],
      ['/books/search?title=a&title=b', 'title'],
      [`/books/search?title=${'a'.repeat(10_000)}`, 'title'],
      ['/books/search?title=a&fuzzy=perhaps', 'fuzzy'],
    ])('refuse %s for its %s', async (path, field) => {
      const answer = await get(path);
      expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([400, 'INVALID_INPUT']);
      expect(answer.headers['content-type']).toMatch('application/problem+json');
      expect(answer.json<{ detail: string }>().detail).toMatch(field);
    });

    it.each(['/books/4', '/books/99999999999999999999', `/books/${'9'.repeat(400)}`])('have no book at %s', async (path) => {
      const answer = await get(path);
      expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([404, 'BOOK_NOT_FOUND']);
    });
  });
});
