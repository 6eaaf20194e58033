import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Reflector } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { openTestDatabase, testDatabaseModules } from '../../test/fixtures/postgres.js';
import { ACCESS } from '../auth/access.decorator.js';
import { httpAdapter, setUpHttp } from '../http/http-server.js';
import { OtherAlias } from './model.schema.js';
import { ModelsController } from './models.controller.js';
import { RegistryModule } from './registry.module.js';
import { RegistryService } from './registry.service.js';

describe('/models', () => {
  let database: Awaited<ReturnType<typeof openTestDatabase>>;
  let folder: string;
  let app: NestFastifyApplication;

  beforeAll(async () => {
    [database, folder] = await Promise.all([openTestDatabase(), mkdtemp(join(tmpdir(), 'models-'))]);
    const settings = { modelsDir: folder, dataDir: join(folder, 'data') };
    const module = await Test.createTestingModule({
      imports: [...testDatabaseModules(database.url, settings), RegistryModule],
    }).compile();
    app = module.createNestApplication<NestFastifyApplication>(httpAdapter(), { logger: false });
    setUpHttp(app);
    await app.init();
    for (const model of ['flights_delay', 'flights_late', 'flights_late']) await register(model);
  });
  afterAll(async () => {
    await app.close();
    await Promise.all([database.close(), rm(folder, { recursive: true })]);
  });

  const register = (model: string) =>
    app.get(RegistryService).register({
      model,
      type: model === 'flights_late' ? 'classification' : 'regression',
      estimator: 'random_forest',
      params: { n_trees: 100 },
      metrics: { log_loss: 0.47, roc_auc: NaN },
      baselineMetrics: { log_loss: 0.5 },
      dataset: { name: 'gold.delay_training', version: 3 },
      features: [{ name: 'distance', type: 'number', importance: 1 }],
      target: 'late',
      runId: 'run-1',
      fingerprint: null,
      file: Buffer.from('a forest'),
    });
  const send = (method: 'GET' | 'PUT' | 'DELETE', url: string, payload?: object) => app.inject({ method, url, payload });
  const codeOf = async (method: 'GET' | 'PUT' | 'DELETE', url: string, payload?: object) => {
    const answer = await send(method, url, payload);
    return [answer.statusCode, answer.json<{ code: string }>().code];
  };

  it('lists names for older clients and items for new ones', async () => {
    await send('PUT', '/models/flights_late/aliases/production', { version: '1' });
    expect((await send('GET', '/models?limit=1&sort=-name')).json()).toEqual({
      models: ['flights_delay', 'flights_late'],
      items: [
        { name: 'flights_late', type: 'classification', description: '', latest_version: '2', aliases: { production: '1' } },
      ],
      total: 2,
    });
  });

  it('shows a model with its versions, newest first', async () => {
    const model = (await send('GET', '/models/flights_late')).json<{ versions: { version: string }[] }>();
    expect(model.versions.map(({ version }) => version)).toEqual(['2', '1']);
    expect(model.versions[0]).toEqual({
      version: '2',
      created_at: expect.stringMatching(/Z$/),
      estimator: 'random_forest',
      params: { n_trees: 100 },
      metrics: { log_loss: 0.47, roc_auc: 'NaN' },
      baseline_metrics: { log_loss: 0.5 },
      dataset: { name: 'gold.delay_training', version: 3 },
      features: [{ name: 'distance', type: 'number', importance: 1 }],
      target: 'late',
      run_id: 'run-1',
      checksum: expect.stringMatching(/^[0-9a-f]{64}$/),
      bytes: 8,
    });
  });

  it.each(['1', 1])('takes a version as %p', async (version) => {
    const answer = await send('PUT', '/models/flights_late/aliases/champion', { version });
    expect([answer.statusCode, answer.json()]).toEqual([200, { model: 'flights_late', alias: 'champion', version: '1' }]);
  });

  it('drops an alias, and then does not find it', async () => {
    await send('PUT', '/models/flights_delay/aliases/challenger', { version: 1 });
    expect((await send('DELETE', '/models/flights_delay/aliases/challenger')).statusCode).toBe(204);
    expect(await codeOf('DELETE', '/models/flights_delay/aliases/challenger')).toEqual([404, 'MODEL_ALIAS_NOT_FOUND']);
  });

  it('deletes a version unless it carries an alias', async () => {
    const { version } = await register('flights_delay');
    await send('PUT', '/models/flights_delay/aliases/production', { version });
    expect(await codeOf('DELETE', `/models/flights_delay/versions/${version}`)).toEqual([409, 'MODEL_VERSION_IN_USE']);
    await send('DELETE', '/models/flights_delay/aliases/production');
    expect((await send('DELETE', `/models/flights_delay/versions/${version}`)).statusCode).toBe(204);
    expect(await codeOf('DELETE', `/models/flights_delay/versions/${version}`)).toEqual([404, 'MODEL_VERSION_NOT_FOUND']);
  });

  it.each([
    ['GET', '/models/nothing', undefined, 404, 'MODEL_NOT_FOUND'],
    ['GET', '/models/%00', undefined, 400, 'INVALID_INPUT'],
    ['GET', '/models?limit=0', undefined, 400, 'INVALID_INPUT'],
    ['PUT', '/models/nothing/aliases/production', { version: 1 }, 404, 'MODEL_NOT_FOUND'],
    ['PUT', '/models/flights_late/aliases/production', { version: 9 }, 404, 'MODEL_VERSION_NOT_FOUND'],
    ['PUT', '/models/flights_late/aliases/production', { version: '99999999999' }, 400, 'INVALID_INPUT'],
    ['PUT', '/models/flights_late/aliases/production', {}, 400, 'INVALID_INPUT'],
    ['PUT', '/models/flights_late/aliases/No%20Name', { version: 1 }, 400, 'INVALID_INPUT'],
    ['DELETE', '/models/flights_late/versions/latest', undefined, 400, 'INVALID_INPUT'],
    ['DELETE', '/models/flights_late/versions/9', undefined, 404, 'MODEL_VERSION_NOT_FOUND'],
  ] as const)('answers %s %s %j with %i %s', async (method, url, body, status, code) => {
    expect(await codeOf(method, url, body)).toEqual([status, code]);
  });

  it('lets only an admin promote, demote and delete', () => {
    const roleOf = (route: keyof ModelsController) =>
      new Reflector().get<{ role: string }>(ACCESS, ModelsController.prototype[route]).role;
    expect([roleOf('promote'), roleOf('demote'), roleOf('deleteVersion')]).toEqual(['admin', 'admin', 'admin']);
    expect([roleOf('setAlias'), roleOf('dropAlias'), roleOf('list'), roleOf('find')]).toEqual([
      'engineer',
      'engineer',
      'viewer',
      'viewer',
    ]);
  });

  it('has no other way to production than the route of the admin', () => {
    expect([OtherAlias.safeParse('production').success, OtherAlias.safeParse('champion').success]).toEqual([false, true]);
  });
});
