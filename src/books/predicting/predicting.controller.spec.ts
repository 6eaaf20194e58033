import { jest } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { bookFeatures } from '../../../test/fixtures/book-features.js';
import { aBook, countBooks, LocalBus, stockBooks } from '../../../test/fixtures/books.js';
import { openLake, type TestLake } from '../../../test/fixtures/lake.js';
import { DeltaService } from '../../delta/delta.service.js';
import { SqlEngine } from '../../engines/sql/sql.port.js';
import { EventBus } from '../../events/event-bus.js';
import { httpAdapter, setUpHttp } from '../../http/http-server.js';
import { FeatureMismatchError } from '../../prediction/prediction.errors.js';
import { type Prediction, PredictionService } from '../../prediction/prediction.service.js';
import { AliasNotFoundError, ModelNotFoundError } from '../../registry/registry.errors.js';
import type { ModelVersion } from '../../registry/registry.types.js';
import { BookMetrics } from '../announcing/book-metrics.js';
import { CatalogueService } from '../catalogue.service.js';
import { CatalogueReader } from '../catalogue-reader.js';
import { BookFeatures } from './book-features.js';
import { BookPredictions } from './book-predictions.js';
import { PredictingController } from './predicting.controller.js';

interface Failure {
  readonly code: string;
  readonly detail: string;
}

const PRICE = { rating: 4, category: 'Poetry', availability: 'In stock' };
const RATING = { price: 20, category: 'Poetry' };

const aPrediction = (value: number | string, version: Partial<ModelVersion> = {}): Prediction => ({
  version: {
    ...{ model: 'books_price', version: 3, estimator: 'random_forest' },
    ...{ metrics: { rmse: 14, mae: 12.344 }, baselineMetrics: { rmse: 15 } },
    ...version,
  } as ModelVersion,
  predictions: [value],
  probabilities: null,
  classes: [],
});

describe('the routes of what models say of books', () => {
  const predict = jest.fn<PredictionService['predict']>();
  const countRequest = jest.fn();
  const bus = new LocalBus();
  let lake: TestLake;
  let app: NestFastifyApplication;

  beforeAll(async () => {
    lake = await openLake();
    const module = await Test.createTestingModule({
      controllers: [PredictingController],
      providers: [
        ...[CatalogueReader, CatalogueService, BookFeatures, BookPredictions],
        { provide: DeltaService, useValue: lake.delta },
        { provide: SqlEngine, useValue: lake.sql },
        { provide: EventBus, useValue: bus },
        { provide: PredictionService, useValue: { predict } },
        { provide: BookMetrics, useValue: { countRequest } },
      ],
    }).compile();
    app = module.createNestApplication<NestFastifyApplication>(httpAdapter(), { logger: false });
    setUpHttp(app);
    await app.init();
    await app.getHttpAdapter().getInstance().ready();
  });
  afterAll(async () => {
    await app.close();
    await lake.close();
  });
  beforeEach(() => {
    predict.mockReset();
    countRequest.mockReset();
  });

  const get = (path: string, headers: Record<string, string> = {}) => app.inject({ url: `/api/v1/ml${path}`, headers });
  const post = (path: string, payload: object | string) => {
    const headers = { 'content-type': 'application/json' };
    return app.inject({ method: 'POST', url: `/api/v1/ml${path}`, payload, headers });
  };

  it.each(['/features', '/training-data'])('give nothing at %s before the first scrape', async (path) => {
    const answer = await get(path);
    expect([answer.statusCode, answer.json()]).toEqual([200, []]);
  });

  const writeFeatures = async (sql: string): Promise<void> => {
    const { version } = await lake.delta.write('gold.book_features', { mode: 'overwrite', query: { sql } });
    await bus.publish({ type: 'dataset.changed', dataset: 'gold.book_features', version });
  };

  it('give the features of all books as soon as there are some, and those of the next version', async () => {
    for (const books of [2, 12]) {
      await writeFeatures(bookFeatures(books));
      expect((await get('/features')).json()).toHaveLength(books);
    }
    const answer = await get('/features');
    expect(answer.json<object[]>()[8]).toEqual({
      ...{ id: 9, title: 'Book 9', price: expect.any(Number), rating: 5, category: 'Art', availability: 'In stock', stock: 9 },
      ...{ sentiment: 'positive', compound: 0.6, positive: 0.3, neutral: 0.7, negative: 0 },
    });
    const again = await get('/features', { 'if-none-match': String(answer.headers.etag) });
    expect([again.statusCode, again.body]).toEqual([304, '']);
  });

  it('keep the features when a table of other columns comes, and take those of the next', async () => {
    const warn = jest.spyOn(app.get(BookFeatures)['logger'], 'warn').mockImplementation(() => undefined);
    await writeFeatures('select 1 as id');
    expect((await get('/features')).json()).toHaveLength(12);
    expect(warn).toHaveBeenCalledWith(expect.stringMatching(/stay as they were.*cannot be read as features of books.*title/s));
    await writeFeatures(bookFeatures(3));
    expect((await get('/features')).json()).toHaveLength(3);
  });

  it('say what is wrong when there were no features before', async () => {
    await writeFeatures('select 1 as id');
    const features = new BookFeatures(lake.delta, lake.sql, bus);
    await expect(features.current()).rejects.toMatchObject({ status: 503, code: 'BOOK_FEATURES_UNREADABLE' });
    await writeFeatures(bookFeatures(1));
    expect((await features.current()).body.length).toBeGreaterThan(100);
    await features.onModuleDestroy();
  });

  it('give the books to train from', async () => {
    await stockBooks(lake, [aBook()]);
    await countBooks(lake);
    await bus.publish({ type: 'dataset.changed', dataset: 'silver.books', version: 0 });
    const catalogue = app.get(CatalogueService);
    while ((await catalogue.current()).catalogue.books.length === 0) await new Promise(setImmediate);
    expect((await get('/training-data')).json()).toEqual([aBook()]);
  });

  it('tell a price, by whom, and how wrong it is', async () => {
    predict.mockResolvedValue(aPrediction(35.0671));
    const answer = await post('/predict/price', { ...PRICE, title: 'Fox' });
    expect([answer.statusCode, answer.json()]).toEqual([
      200,
      { predicted_price: 35.07, model: 'books_price:3', estimator: 'random_forest', beats_baseline: true, mae: 12.34 },
    ]);
    const records = [{ ...PRICE, title: 'Fox', description: null }];
    expect(predict).toHaveBeenCalledWith({ model_name: 'books_price', records });
  });

  it('count who asks by category, where it is one of the shop', async () => {
    predict.mockResolvedValue(aPrediction(4));
    for (const category of ['Poetry', 'Nonsense']) {
      await post('/predict/price', { ...PRICE, category });
      await post('/predictions', { ...RATING, category });
    }
    expect(countRequest.mock.calls).toEqual([['Poetry'], ['Poetry']]);
  });

  it('admit that the baseline answers', async () => {
    predict.mockResolvedValue(aPrediction(35, { estimator: 'baseline', metrics: { rmse: 15, mae: NaN } }));
    expect((await post('/predict/price', PRICE)).json()).toMatchObject({
      estimator: 'baseline',
      beats_baseline: false,
      mae: null,
    });
  });

  it('tell a rating from price and category alone', async () => {
    const metrics = { metrics: { log_loss: 1.5, accuracy: 0.3 }, baselineMetrics: { log_loss: 1.6 } };
    predict.mockResolvedValue(aPrediction(4, { model: 'books_rating', ...metrics }));
    const answer = await post('/predictions', RATING);
    expect([answer.statusCode, answer.json()]).toEqual([
      200,
      {
        ...{ predicted_rating: 4, input: RATING, model: 'books_rating:3' },
        ...{ estimator: 'random_forest', beats_baseline: true, accuracy: 0.3 },
      },
    ]);
    const records = [{ ...RATING, availability: null, title: null, description: null }];
    expect(predict).toHaveBeenCalledWith({ model_name: 'books_rating', records });
  });

  it.each<[string, Error, string, RegExp]>([
    ['no model', new ModelNotFoundError('books_price'), 'NO_BOOK_MODEL', /scraping\/trigger.* under train_price why/],
    ['none in production', new AliasNotFoundError('books_price', 'production'), 'NO_BOOK_MODEL', /scraping\/trigger/],
    ['a model of something else', new FeatureMismatchError('Row 1 lacks "area"', ['area']), 'FOREIGN_BOOK_MODEL', /lacks "area"/],
  ])('say what to do when there is %s', async (_, error, code, words) => {
    predict.mockRejectedValue(error);
    const answer = await post('/predict/price', PRICE);
    expect([answer.statusCode, answer.json<Failure>().code]).toEqual([503, code]);
    expect(answer.json<Failure>().detail).toMatch(words);
  });

  it('say so when the model tells no number', async () => {
    predict.mockResolvedValue(aPrediction('dear'));
    expect((await post('/predict/price', PRICE)).json<Failure>().detail).toMatch(/it says dear, which is no price/);
  });

  it.each<[string, string, object | string]>([
    ['/predictions', 'price', {}],
    ['/predictions', 'price', { ...RATING, price: -1 }],
    ['/predictions', 'price', { ...RATING, price: '20' }],
    ['/predictions', 'price', '{"price": 1e999, "category": "Art"}'],
    ['/predictions', 'category', { ...RATING, category: 5 }],
    ['/predictions', 'category', { ...RATING, category: 'a'.repeat(201) }],
    ['/predictions', 'colour', { ...RATING, colour: 'red' }],
    ['/predictions', 'object', '[]'],
    ['/predict/price', 'rating', { ...PRICE, rating: 0 }],
    ['/predict/price', 'rating', { ...PRICE, rating: 6 }],
    ['/predict/price', 'rating', { ...PRICE, rating: 2.5 }],
    ['/predict/price', 'availability', { ...PRICE, availability: null }],
    ['/predict/price', 'title', { ...PRICE, title: 'a'.repeat(1_001) }],
    ['/predict/price', 'description', { ...PRICE, description: 'a'.repeat(20_001) }],
  ])('refuse at %s what has a wrong %s', async (path, field, body) => {
    const answer = await post(path, body);
    expect([answer.statusCode, answer.json<Failure>().code]).toEqual([400, 'INVALID_INPUT']);
    expect(answer.json<Failure>().detail).toMatch(field);
    expect(predict).not.toHaveBeenCalled();
  });

  it.each(['/predictions', '/predict/price'])('refuse at %s what is no JSON', async (path) => {
    expect((await post(path, '{')).statusCode).toBe(400);
  });
});
