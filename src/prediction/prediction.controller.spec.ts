import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Reflector } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { Test } from '@nestjs/testing';
import { register } from 'prom-client';
import { openTestDatabase, testDatabaseModules } from '../../test/fixtures/postgres.js';
import { ACCESS } from '../auth/access.decorator.js';
import type { Model, Problem, TrainingSet } from '../estimators/estimator.types.js';
import { fit } from '../estimators/estimators.service.js';
import { httpAdapter, setUpHttp } from '../http/http-server.js';
import { RegistryService } from '../registry/registry.service.js';
import type { ModelVersion } from '../registry/registry.types.js';
import { PredictionController } from './prediction.controller.js';
import { PredictionModule } from './prediction.module.js';
import { EXAMPLES, type PredictionAnswer } from './prediction.schema.js';

const ROWS = 400;
const FEATURES = ['distance', 'hour', 'weekday', 'month', 'origin', 'destination', 'origin_lateness'];

/** Flights that leave late when those before them did. */
function flights(problem: Problem): TrainingSet {
  const spread = (factor: number, most: number) => Float64Array.from({ length: ROWS }, (_, row) => (row * factor) % most);
  const lateness = spread(7, 60);
  const codes = Int32Array.from({ length: ROWS }, (_, row) => row % 3);
  const category = (name: string) => ({ name, type: 'category', categories: ['JFK', 'LAX', 'SFO'], codes }) as const;
  const number = (name: string, values: Float64Array) => ({ name, type: 'number', values }) as const;
  return {
    rows: ROWS,
    features: [
      number('distance', spread(13, 2_500)),
      number('hour', spread(5, 24)),
      number('weekday', spread(1, 7)),
      number('month', spread(1, 12)),
      category('origin'),
      category('destination'),
      number('origin_lateness', lateness),
    ],
    target:
      problem === 'regression'
        ? { problem, values: lateness }
        : { problem, classes: [false, true], codes: Int32Array.from(lateness, (minutes) => Number(minutes > 15)) },
  };
}

const flight = (overrides: object = {}) => ({ ...EXAMPLES.records.value.records[0], ...overrides });

describe('POST /predict', () => {
  let database: Awaited<ReturnType<typeof openTestDatabase>>;
  let folder: string;
  let app: NestFastifyApplication;
  let registry: RegistryService;
  let late: Model;

  beforeAll(async () => {
    [database, folder] = await Promise.all([openTestDatabase(), mkdtemp(join(tmpdir(), 'prediction-'))]);
    await writeFile(join(folder, 'lab.yaml'), 'default_model: flights_late\n');
    const settings = { modelsDir: join(folder, 'models'), dataDir: join(folder, 'data'), workspaceDir: folder };
    const module = await Test.createTestingModule({
      imports: [...testDatabaseModules(database.url, settings), PredictionModule],
    }).compile();
    app = module.createNestApplication<NestFastifyApplication>(httpAdapter(), { logger: false });
    setUpHttp(app);
    await app.init();
    registry = app.get(RegistryService);
    late = await learn('classification');
    await publish('flights_late', late);
    await publish('flights_delay', await learn('regression'));
    await publish('classification_random_forest', late);
  });
  afterAll(async () => {
    await app.close();
    await Promise.all([database.close(), rm(folder, { recursive: true })]);
  });

  const learn = (problem: Problem) => fit('random_forest', flights(problem), { n_trees: 10 }, { seed: 1 });

  const add = (name: string, model: Model): Promise<ModelVersion> =>
    registry.register({
      model: name,
      type: model.problem,
      estimator: model.estimator,
      params: {},
      metrics: {},
      baselineMetrics: {},
      dataset: { name: 'gold.delay_training', version: 0 },
      features: model.features,
      target: 'late',
      runId: null,
      fingerprint: null,
      file: model.serialise(),
    });
  const publish = async (name: string, model: Model): Promise<ModelVersion> => {
    const version = await add(name, model);
    await registry.setAlias(name, 'production', version.version);
    return version;
  };
  const send = (body: unknown) => app.inject({ method: 'POST', url: '/predict', payload: body as object });
  const predict = async (body: object): Promise<PredictionAnswer> => {
    const answer = await send(body);
    if (answer.statusCode !== 200) throw new Error(answer.body);
    return answer.json<PredictionAnswer>();
  };
  const problemOf = async (body: unknown) => {
    const answer = await send(body);
    const { code, detail } = answer.json<{ code: string; detail: string }>();
    return { status: answer.statusCode, code, detail };
  };

  it('answers a classification with classes and their probabilities', async () => {
    const [, share] = late.predictProbability([Object.values(flight())]);
    expect(await predict({ records: [flight()] })).toEqual({
      predictions: [true],
      probabilities: [[1 - share, share].map((value) => expect.closeTo(value, 12))],
      classes: [false, true],
      model: { name: 'flights_late', version: '1', type: 'classification' },
    });
  });

  it('answers a regression with numbers', async () => {
    const answer = await predict({ model_name: 'flights_delay', records: [flight({ origin_lateness: 50 })] });
    expect(answer).toEqual({
      predictions: [expect.any(Number)],
      probabilities: null,
      model: { name: 'flights_delay', version: '1', type: 'regression' },
    });
  });

  it.each(Object.entries(EXAMPLES))('answers the documented example %s as it stands', async (_name, { value }) => {
    const rows = 'features' in value ? value.features : value.records;
    expect((await predict(value)).predictions).toHaveLength(rows.length);
  });

  it('is documented with its schema and its examples', () => {
    const document = SwaggerModule.createDocument(app, new DocumentBuilder().build());
    expect(document.paths['/predict'].post?.requestBody).toMatchObject({
      content: { 'application/json': { schema: { $ref: '#/components/schemas/PredictionRequest' }, examples: EXAMPLES } },
    });
    expect(document.components?.schemas).toHaveProperty('PredictionRequest.properties.records');
  });

  it('answers the same for a matrix as for records', async () => {
    const { distance, ...others } = flight({ origin_lateness: 50 });
    const [matrix, records] = await Promise.all([
      predict({ features: [[distance, ...Object.values(others)]] }),
      predict({ records: [{ ...others, distance }] }),
    ]);
    expect(matrix).toEqual(records);
  });

  it('answers for a missing value and for a category that it never saw', async () => {
    const { predictions } = await predict({ records: [flight({ origin_lateness: null }), flight({ origin: 'XYZ' })] });
    expect(predictions).toHaveLength(2);
  });

  it('finds a model by its name without the type, as older clients say it', async () => {
    const { model } = await predict({ model_type: 'classification', model_name: 'random_forest', records: [flight()] });
    expect(model.name).toBe('classification_random_forest');
  });

  it('answers a large batch as it answers its rows, and lets others through meanwhile', async () => {
    const records = Array.from({ length: 20_000 }, (_, row) => flight({ origin_lateness: row % 60 }));
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    const { predictions } = await predict({ records });
    clearInterval(timer);
    const single = await Promise.all(
      [0, 59, 19_999].map(async (row) => (await predict({ records: [records[row]] })).predictions[0]),
    );
    expect([0, 59, 19_999].map((row) => predictions[row])).toEqual(single);
    expect(turns).toBeGreaterThan(2);
  });

  it('serves the version or the alias that is asked for', async () => {
    const { version } = await add('flights_delay', await learn('regression'));
    await registry.setAlias('flights_delay', 'champion', version);
    const ask = async (choice: object) =>
      (await predict({ model_name: 'flights_delay', records: [flight()], ...choice })).model.version;
    expect([await ask({ version }), await ask({ version: '1' }), await ask({ alias: 'champion' }), await ask({})]).toEqual([
      '2',
      '1',
      '2',
      '1',
    ]);
  });

  it('serves another version as soon as the alias moves, without a restart', async () => {
    await publish('moving', late);
    const served = async () => (await predict({ model_name: 'moving', records: [flight()] })).model.version;
    expect(await served()).toBe('1');
    await publish('moving', late);
    const moved = performance.now();
    while ((await served()) !== '2') await new Promise((wait) => setTimeout(wait, 10));
    expect(performance.now() - moved).toBeLessThan(4_000);
  });

  it('does not serve a file that is not the one that was registered', async () => {
    const { path } = await publish('damaged', late);
    await writeFile(join(folder, 'models', path), 'something else');
    expect(await problemOf({ model_name: 'damaged', records: [flight()] })).toMatchObject({ status: 503, code: 'MODEL_DAMAGED' });
  });

  it('looks at the input before it loads the model', async () => {
    const { path } = await publish('unloaded', late);
    await writeFile(join(folder, 'models', path), 'something else');
    expect(await problemOf({ model_name: 'unloaded', records: [flight({ hour: 'noon' })] })).toMatchObject({ status: 400 });
  });

  it('counts rows by model and version', async () => {
    await publish('counted', late);
    await predict({ model_name: 'counted', records: [flight(), flight()] });
    await predict({ model_name: 'counted', records: [flight()] });
    expect(await register.metrics()).toContain('lab_predictions_total{model="counted",version="1"} 3');
  });

  it.each([
    ['no body', undefined, 400, 'INVALID_INPUT'],
    ['neither form', {}, 400, 'INVALID_INPUT'],
    ['both forms', { features: [[1]], records: [flight()] }, 400, 'INVALID_INPUT'],
    ['no rows', { records: [] }, 400, 'INVALID_INPUT'],
    ['a field that no request has', { records: [flight()], modelname: 'x' }, 400, 'INVALID_INPUT'],
    ['version and alias', { records: [flight()], version: 1, alias: 'champion' }, 400, 'INVALID_INPUT'],
    ['NaN in words', { records: [flight({ distance: 'NaN' })] }, 400, 'INVALID_INPUT'],
    ['a column that lacks', { features: [[1]] }, 422, 'FEATURE_MISMATCH'],
    ['a field that the model does not know', { records: [flight({ carrier: 'AA' })] }, 422, 'FEATURE_MISMATCH'],
    ['an unknown model', { model_name: 'nothing', records: [flight()] }, 404, 'MODEL_NOT_FOUND'],
    ['an unknown version', { version: 99, records: [flight()] }, 404, 'MODEL_VERSION_NOT_FOUND'],
    ['an unknown alias', { alias: 'nobody', records: [flight()] }, 404, 'MODEL_ALIAS_NOT_FOUND'],
    [
      'a model of another type',
      { model_name: 'flights_delay', model_type: 'classification', records: [flight()] },
      422,
      'MODEL_TYPE_MISMATCH',
    ],
    ['too many rows', { features: new Array(100_001).fill([]) }, 413, 'TOO_MANY_ROWS'],
  ])('refuses %s', async (_what, body, status, code) => {
    expect(await problemOf(body)).toMatchObject({ status, code });
  });

  it('names row and column of what is wrong', async () => {
    const { detail } = await problemOf({ records: [flight(), flight(), flight({ distance: 'abc' })] });
    expect(detail).toContain('row 3, column "distance": expected a number, got "abc"');
  });

  it('refuses a number that JSON cannot hold', async () => {
    const payload = JSON.stringify({ features: [[0, 1, 1, 1, 'SFO', 'LAX', null]] }).replace('[[0', '[[1e999');
    const answer = await app.inject({
      method: 'POST',
      url: '/predict',
      payload,
      headers: { 'content-type': 'application/json' },
    });
    expect([answer.statusCode, answer.json<{ detail: string }>().detail]).toEqual([400, expect.stringContaining('got Infinity')]);
  });

  it('asks for an analyst', () => {
    expect(new Reflector().get<object>(ACCESS, PredictionController.prototype.predict)).toEqual({ role: 'analyst' });
  });

  it('takes its columns from the models of the sample', () => {
    expect(Object.keys(flight())).toEqual(FEATURES);
  });
});
