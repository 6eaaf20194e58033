import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { aBook, describeBooks, LocalBus, stockBooks } from '../../../test/fixtures/books.js';
import { openLake, type TestLake } from '../../../test/fixtures/lake.js';
import { DeltaService } from '../../delta/delta.service.js';
import { Cache } from '../../engines/cache/cache.port.js';
import { MemoryCache } from '../../engines/cache/memory.cache.js';
import { SqlEngine } from '../../engines/sql/sql.port.js';
import { EventBus } from '../../events/event-bus.js';
import { httpAdapter, setUpHttp } from '../../http/http-server.js';
import { BookMetrics } from '../announcing/book-metrics.js';
import { CachedAnswers } from '../answers/cached-answers.js';
import { CatalogueService } from '../catalogue.service.js';
import { CatalogueReader } from '../catalogue-reader.js';
import { Recommendations } from './recommendation.schema.js';
import { RecommendationsController } from './recommendations.controller.js';

const BOOKS = Array.from({ length: 8 }, (_, place) => aBook({ id: place + 1, title: `Storm ${'ABCDEFGH'[place]}xy` }));

/** Both books have one term. */
const aFeature = (term: string): string =>
  `SELECT id, [{'term': '${term}', 'weight': 1.0}] AS terms FROM (VALUES (1), (2)) AS books (id)`;

describe('GET /api/v1/ml/recommendations/{id}', () => {
  let lake: TestLake;
  let app: NestFastifyApplication;
  const counted: string[] = [];

  const open = async (): Promise<void> => {
    lake = await openLake();
    const module = await Test.createTestingModule({
      controllers: [RecommendationsController],
      providers: [
        CatalogueReader,
        CatalogueService,
        CachedAnswers,
        { provide: Cache, useValue: new MemoryCache({ ttlMs: 60_000, maxBytes: 1_000_000 }) },
        { provide: DeltaService, useValue: lake.delta },
        { provide: SqlEngine, useValue: lake.sql },
        { provide: EventBus, useClass: LocalBus },
        { provide: BookMetrics, useValue: { countRequest: (category: string) => counted.push(category) } },
      ],
    }).compile();
    app = module.createNestApplication<NestFastifyApplication>(httpAdapter(), { logger: false });
    setUpHttp(app);
    await app.init();
    await app.getHttpAdapter().getInstance().ready();
  };
  const close = async (): Promise<void> => {
    await app.close();
    await lake.close();
  };

  const get = (path: string, headers: Record<string, string> = {}) =>
    app.inject({ method: 'GET', url: `/api/v1/ml/recommendations/${path}`, headers });
  const answer = async (path: string): Promise<[status: number, code: string]> => {
    const { statusCode, json } = await get(path);
    return [statusCode, json<{ code: string }>().code];
  };

  describe('before the first scrape', () => {
    beforeAll(open);
    afterAll(close);

    it.each(['1', '99999999999999999999'])('knows no book %s', async (id) =>
      expect(await answer(id)).toEqual([404, 'BOOK_NOT_FOUND']),
    );

    it.each(['0', '-1', 'poetry', '1.5', '1?limit=0', '1?limit=51', '1?limit=many', '1?limit=2.5', '1?limit=1&limit=2'])(
      'refuses %s',
      async (path) => expect(await answer(path)).toEqual([400, 'INVALID_INPUT']),
    );
  });

  describe('with books', () => {
    beforeEach(open);
    afterEach(close);

    it('gives a plain array of them with the reasons, five unless more are asked for', async () => {
      await stockBooks(lake, BOOKS);
      await describeBooks(lake);
      counted.length = 0;
      const five = Recommendations.parse((await get('1')).json());
      expect(five).toHaveLength(5);
      expect(five.map(({ id }) => id)).not.toContain(1);
      expect(counted).toEqual(['Poetry']);
      expect((await get('1?limit=50')).json()).toHaveLength(7);
      expect((await get('1?limit=2')).json()).toEqual(five.slice(0, 2));
    });

    it('says that an answer is the same as before, and gives another one when the books are described anew', async () => {
      await stockBooks(lake, BOOKS.slice(0, 2));
      await lake.delta.write('gold.book_features', { mode: 'overwrite', query: { sql: aFeature('storm') } });
      const { etag } = (await get('1')).headers;
      const again = await get('1', { 'if-none-match': String(etag) });
      expect([again.statusCode, again.body]).toEqual([304, '']);
      await lake.delta.write('gold.book_features', { mode: 'overwrite', query: { sql: aFeature('fox') } });
      await app.get(EventBus).publish({ type: 'dataset.changed', dataset: 'gold.book_features', version: 1 });
      await app.get(CatalogueService)['loading'];
      expect((await get('1', { 'if-none-match': String(etag) })).json()).toMatchObject([{ id: 2, shared_terms: ['fox'] }]);
    });

    it('gives nothing in a shop of one book', async () => {
      await stockBooks(lake, BOOKS.slice(0, 1));
      await describeBooks(lake);
      expect((await get('1')).json()).toEqual([]);
    });

    it('cannot compare books before they are described, and says what to do', async () => {
      await stockBooks(lake, BOOKS);
      expect(await answer('1')).toEqual([503, 'BOOKS_NOT_DESCRIBED']);
      expect(await answer('9')).toEqual([404, 'BOOK_NOT_FOUND']);
    });
  });
});
