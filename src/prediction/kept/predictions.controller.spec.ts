import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { register } from 'prom-client';
import { DataSource } from 'typeorm';
import { openTestDatabase, testDatabaseModules } from '../../../test/fixtures/postgres.js';
import { aTrainingSet } from '../../../test/fixtures/training-set.js';
import type { Model } from '../../estimators/estimator.types.js';
import { fit } from '../../estimators/estimators.service.js';
import { httpAdapter, setUpHttp } from '../../http/http-server.js';
import { RegistryService } from '../../registry/registry.service.js';
import { PredictionModule } from '../prediction.module.js';
import { PredictionService } from '../prediction.service.js';
import { PredictionTotalsService } from '../prediction-totals.service.js';
import { KeptPredictions } from './kept-predictions.js';

const A_TRIP = { distance: 0.5, origin: 'JFK' };
const NOBODY = '00000000-0000-4000-8000-000000000000';

describe('/predictions', () => {
  let database: Awaited<ReturnType<typeof openTestDatabase>>;
  let folder: string;
  let app: NestFastifyApplication;
  let model: Model;

  beforeAll(async () => {
    [database, folder] = await Promise.all([openTestDatabase(), mkdtemp(join(tmpdir(), 'predictions-'))]);
    const settings = {
      modelsDir: join(folder, 'models'),
      dataDir: join(folder, 'data'),
      workspaceDir: folder,
      predictionConcurrency: 2,
      predictionMaxRows: 12_000,
    };
    const imports = [...testDatabaseModules(database.url, settings), PredictionModule];
    const module = await Test.createTestingModule({ imports }).compile();
    app = module.createNestApplication<NestFastifyApplication>(httpAdapter(), { logger: false });
    setUpHttp(app);
    // Who calls is known to the guard of the auth room, which is not here.
    app
      .getHttpAdapter()
      .getInstance()
      .addHook('onRequest', (request, _reply, done) => {
        request.user = { username: 'ana', role: 'analyst' };
        done();
      });
    await app.init();
    model = await fit('ridge', aTrainingSet(), {}, { seed: 1 });
    const registry = app.get(RegistryService);
    for (const version of [1, 2]) {
      await registry.register({
        ...{ model: 'trips', type: 'regression', estimator: 'ridge', params: {}, metrics: {}, baselineMetrics: {} },
        ...{ dataset: { name: 'gold.trips', version: 0 }, features: model.features, target: 'minutes', runId: null },
        ...{ fingerprint: null, file: model.serialise(), alias: version === 1 ? 'production' : 'champion' },
      });
    }
  });
  afterAll(async () => {
    await app.close();
    await Promise.all([database.close(), rm(folder, { recursive: true })]);
  });

  const post = (payload: object) => app.inject({ method: 'POST', url: '/predictions/', payload });
  const get = (id: string) => app.inject({ method: 'GET', url: `/predictions/${id}` });
  const sql = <T>(text: string, values: unknown[] = []): Promise<T> => app.get(DataSource).query<T>(text, values);

  it('answer, and can be read again', async () => {
    const answer = await post({ data: [A_TRIP, { distance: null, origin: 'Oz' }], model_id: 'trips' });
    const predictions = [...model.predict([[0.5, 'JFK'], [null, 'Oz']])]; // prettier-ignore
    const { id, ...facts } = answer.json();
    expect([answer.statusCode, facts]).toEqual([200, { predictions, model_id: 'trips', model_version: '1' }]);
    expect((await get(id)).json()).toEqual({
      prediction_id: id,
      status: 'completed',
      ...facts,
      created_at: expect.stringMatching(/^20.*Z$/),
    });
  });

  it.each([
    ['trips:2', '2'],
    ['trips@champion', '2'],
    ['trips@production', '1'],
  ])('are made by the version that %s names', async (model_id, version) => {
    expect((await post({ data: [A_TRIP], model_id })).json()).toMatchObject({ model_id, model_version: version });
  });

  it('remember who asked', async () => {
    const { id } = (await post({ data: [A_TRIP], model_id: 'trips' })).json();
    expect(await sql('select username from lab.kept_predictions where id = $1', [id])).toEqual([{ username: 'ana' }]);
  });

  it.each([
    ['an unknown model', { data: [A_TRIP], model_id: 'nothing' }, 404, 'MODEL_NOT_FOUND'],
    ['an unknown version', { data: [A_TRIP], model_id: 'trips:9' }, 404, 'MODEL_VERSION_NOT_FOUND'],
    ['an unknown alias', { data: [A_TRIP], model_id: 'trips@nobody' }, 404, 'MODEL_ALIAS_NOT_FOUND'],
    ['a model that is no name', { data: [A_TRIP], model_id: 'trips:0' }, 400, 'INVALID_INPUT'],
    ['no model', { data: [A_TRIP] }, 400, 'INVALID_INPUT'],
    ['no rows', { data: [], model_id: 'trips' }, 400, 'INVALID_INPUT'],
    ['a text for a number', { data: [{ ...A_TRIP, distance: 'far' }], model_id: 'trips' }, 400, 'INVALID_INPUT'],
    ['a column that lacks', { data: [{ distance: 1 }], model_id: 'trips' }, 422, 'FEATURE_MISMATCH'],
    ['more rows than are kept', { data: new Array(10_001).fill({}), model_id: 'trips' }, 413, 'TOO_MANY_ROWS'],
  ])('refuse %s, and keep nothing', async (_what, body, status, code) => {
    const count = 'select count(*) from lab.kept_predictions';
    const before = await sql(count);
    const answer = await post(body);
    expect([answer.statusCode, answer.json().code, await sql(count)]).toEqual([status, code, before]);
  });

  it('name a wrong value by its place in the request', async () => {
    const { errors } = (await post({ data: [{ ...A_TRIP, distance: 'far' }], model_id: 'trips' })).json();
    expect(errors).toEqual([{ path: 'data.0.distance', message: expect.any(String) }]);
  });

  it.each([NOBODY, 'nothing', `${NOBODY}0`])('answer 404 for %s', async (id) => {
    const answer = await get(id);
    expect([answer.statusCode, answer.json().code]).toEqual([404, 'PREDICTION_NOT_FOUND']);
  });

  it('are deleted in batches when their time is over', async () => {
    const { id } = (await post({ data: [A_TRIP], model_id: 'trips' })).json();
    await sql(`insert into lab.kept_predictions (model_id, model, version, predictions, created_at)
      select 'trips', 'trips', 1, '[]', now() - interval '31 days' from generate_series(1, 2500)`);
    expect(await app.get(KeptPredictions).trim(30)).toBe(2500);
    expect((await get(id)).statusCode).toBe(200);
  });

  it('and all others are refused while as many are made as may be at once', async () => {
    const service = app.get(PredictionService);
    const large = { model_name: 'trips', records: new Array(12_000).fill(A_TRIP) };
    const [first, second] = [service.predict(large), service.predict(large)];
    const refused = await post({ data: [A_TRIP], model_id: 'trips' });
    expect([refused.statusCode, refused.json().code, refused.headers['retry-after']]).toEqual([429, 'PREDICTIONS_BUSY', '1']);
    await Promise.all([first, second]);
    expect((await post({ data: [A_TRIP], model_id: 'trips' })).statusCode).toBe(200);
  });

  it('have a limit of rows that is a setting', async () => {
    const answer = await app.inject({ method: 'POST', url: '/predict', payload: { features: new Array(12_001).fill([]) } });
    expect([answer.statusCode, answer.json().detail]).toEqual([413, expect.stringContaining('one request may have 12000')]);
  });

  it('are counted by rows, for this process and for ever', async () => {
    const totals = app.get(PredictionTotalsService);
    const before = await totals.total();
    await post({ data: [A_TRIP, A_TRIP], model_id: 'trips:2' });
    expect(await totals.total()).toBe(before + 2);
    expect(await sql("select model, version from lab.prediction_totals order by version")).toEqual([
      { model: 'trips', version: 1 },
      { model: 'trips', version: 2 },
    ]); // prettier-ignore
    expect(await register.metrics()).toMatch(/lab_predictions_total\{model="trips",version="2"\} \d+/);
  });

  it('are counted the next time when the database was away', async () => {
    const totals = app.get(PredictionTotalsService);
    const before = await totals.total();
    await sql('alter table lab.prediction_totals rename to elsewhere');
    totals.add('trips', 1, 5);
    await expect(totals.total()).rejects.toThrow();
    await sql('alter table lab.elsewhere rename to prediction_totals');
    expect(await totals.total()).toBe(before + 5);
  });
});
