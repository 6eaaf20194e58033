import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { openTestDatabase, testDatabaseModules } from '../../test/fixtures/postgres.js';
import { aTrainingSet } from '../../test/fixtures/training-set.js';
import { CacheModule } from '../engines/cache/cache.module.js';
import { SqlModule } from '../engines/sql/sql.module.js';
import { StorageModule } from '../engines/storage/storage.module.js';
import { StreamModule } from '../engines/stream/stream.module.js';
import { fit } from '../estimators/estimators.service.js';
import { httpAdapter, setUpHttp } from '../http/http-server.js';
import { PredictionService } from '../prediction/prediction.service.js';
import { RegistryService } from '../registry/registry.service.js';
import { MonitoringModule } from './monitoring.module.js';

describe('GET /metrics', () => {
  let database: Awaited<ReturnType<typeof openTestDatabase>>;
  let folder: string;
  let app: NestFastifyApplication;

  const open = async (): Promise<void> => {
    const settings = { modelsDir: join(folder, 'models'), dataDir: join(folder, 'data'), workspaceDir: folder };
    const imports = [
      ...testDatabaseModules(database.url, settings),
      SqlModule,
      StorageModule,
      StreamModule,
      CacheModule,
      MonitoringModule,
    ];
    const module = await Test.createTestingModule({ imports }).compile();
    app = module.createNestApplication<NestFastifyApplication>(httpAdapter(), { logger: false });
    setUpHttp(app);
    await app.init();
  };

  beforeAll(async () => {
    [database, folder] = await Promise.all([openTestDatabase(), mkdtemp(join(tmpdir(), 'monitoring-'))]);
    await open();
  });
  afterAll(async () => {
    await app.close();
    await Promise.all([database.close(), rm(folder, { recursive: true })]);
  });

  const metrics = (accept?: string) => app.inject({ method: 'GET', url: '/metrics', headers: accept ? { accept } : {} });

  it.each([
    [undefined, 'text/plain'],
    ['*/*', 'text/plain'],
    ['application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.4,*/*;q=0.1', 'text/plain'],
    ['text/html,application/json;q=0.9', 'text/plain'],
    ['application/json', 'application/json'],
    ['application/json, text/plain, */*', 'application/json'],
  ])('answers who accepts %s in %s', async (accept, type) => {
    const answer = await metrics(accept);
    expect([answer.statusCode, answer.headers['content-type']]).toEqual([200, expect.stringContaining(type)]);
  });

  it('tells older clients how many models serve and how many rows were predicted, after a restart too', async () => {
    const model = await fit('baseline', aTrainingSet(), {}, { seed: 1 });
    await app.get(RegistryService, { strict: false }).register({
      ...{ model: 'trips', type: 'regression', estimator: 'baseline', params: {}, metrics: {}, baselineMetrics: {} },
      ...{ dataset: { name: 'gold.trips', version: 0 }, features: model.features, target: 'minutes', runId: null },
      ...{ fingerprint: null, file: model.serialise(), alias: 'production' },
    });
    const records = Array.from({ length: 7 }, () => ({ distance: 1, origin: 'JFK' }));
    await app.get(PredictionService, { strict: false }).predict({ model_name: 'trips', records });
    const told = { active_models: 1, total_predictions: 7, uptime_seconds: expect.any(Number), version: expect.any(String) };
    expect((await metrics('application/json')).json()).toEqual(told);
    await app.close();
    await open();
    expect((await metrics('application/json')).json()).toEqual(told);
  });
});
