import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { jest } from '@jest/globals';
import { Test, type TestingModule } from '@nestjs/testing';
import { DataSource } from 'typeorm';
import { openTestDatabase, testDatabaseModules } from '../../test/fixtures/postgres.js';
import { seededUniform } from '../../test/fixtures/training-set.js';
import { ModelStorage } from '../engines/storage/storage.port.js';
import { type ModelFile, writeModelFile } from '../estimators/model-file.js';
import { EventBus } from '../events/event-bus.js';
import { ModelSweep } from './model-sweep.js';
import { RegistryModule } from './registry.module.js';
import { RegistryService } from './registry.service.js';
import type { NewVersion } from './registry.types.js';

const aVersion = (overrides: Partial<NewVersion> = {}): NewVersion => ({
  model: 'flights_late',
  type: 'classification',
  estimator: 'random_forest',
  params: { n_trees: 100 },
  metrics: { roc_auc: 0.69 },
  baselineMetrics: { roc_auc: 0.5 },
  dataset: { name: 'gold.delay_training', version: 3 },
  features: [{ name: 'distance', type: 'number' }],
  target: 'late',
  runId: null,
  fingerprint: null,
  file: Buffer.from('a forest'),
  ...overrides,
});

const FOREIGN: ModelFile = {
  estimator: 'baseline',
  problem: 'classification',
  features: [{ name: 'distance', type: 'number' }],
  classes: [false, true],
  state: {},
  arrays: { answer: Float64Array.of(0.25, 0.75) },
};

describe('the registry', () => {
  let database: Awaited<ReturnType<typeof openTestDatabase>>;
  let folder: string;
  let module: TestingModule;
  let registry: RegistryService;
  let storage: ModelStorage;

  beforeAll(async () => {
    [database, folder] = await Promise.all([openTestDatabase(), mkdtemp(join(tmpdir(), 'models-'))]);
    const settings = { modelsDir: folder, dataDir: join(folder, 'data') };
    module = await Test.createTestingModule({
      imports: [...testDatabaseModules(database.url, settings), RegistryModule],
    }).compile();
    await module.init();
    registry = module.get(RegistryService);
    storage = module.get(ModelStorage);
  });
  beforeEach(async () => {
    await module.get(DataSource).query('truncate lab.registered_models cascade');
    for (const { path } of await storage.list('')) await storage.remove(path);
  });
  afterEach(() => jest.restoreAllMocks());
  afterAll(async () => {
    await module.close();
    await Promise.all([database.close(), rm(folder, { recursive: true })]);
  });

  const numbers = async (model = 'flights_late'): Promise<number[]> =>
    (await registry.versions(model)).map(({ version }) => version);
  const filesOf = async (model = 'flights_late'): Promise<string[]> => (await storage.list(`${model}/`)).map(({ path }) => path);
  const filesAt = (version: number): string[] => ['model.bin', 'model.json'].map((file) => `flights_late/${version}/${file}`);
  const announced = () => jest.spyOn(module.get(EventBus), 'publish');

  describe('registering', () => {
    it('numbers the versions of a model from one', async () => {
      const first = await registry.register(aVersion());
      const second = await registry.register(aVersion());
      expect([first.version, second.version, await numbers()]).toEqual([1, 2, [2, 1]]);
    });

    it('gives back every fact, also a metric that is not a number', async () => {
      const { file, ...facts } = aVersion({ metrics: { roc_auc: NaN, log_loss: 0.4 }, runId: 'run-1', fingerprint: 'abc' });
      const { version } = await registry.register({ ...facts, file });
      expect(await registry.resolve('flights_late', { version })).toMatchObject({ ...facts, version: 1, bytes: 8 });
    });

    it('puts a manifest for people beside the model file', async () => {
      const { checksum } = await registry.register(aVersion({ metrics: { roc_auc: NaN } }));
      const manifest = JSON.parse(await readFile(join(folder, 'flights_late/1/model.json'), 'utf8')) as object;
      expect(manifest).toMatchObject({ name: 'flights_late', version: 1, target: 'late', metrics: { roc_auc: 'NaN' }, checksum });
    });

    it('gives twenty at the same time a number and a folder each', async () => {
      await Promise.all(
        Array.from({ length: 20 }, (_, index) => registry.register(aVersion({ file: Buffer.from(`forest ${index}`) }))),
      );
      expect(new Set(await numbers()).size).toBe(20);
      const files = await Promise.all(
        (await registry.versions('flights_late')).map(({ path }) => readFile(join(folder, path), 'utf8')),
      );
      expect(new Set(files).size).toBe(20);
    });

    it('gives a retry of the same run and fingerprint the version that is there', async () => {
      const attempt = aVersion({ runId: 'run-1', fingerprint: 'abc' });
      await registry.register(attempt);
      expect([(await registry.register(attempt)).version, await numbers(), await filesOf()]).toEqual([1, [1], filesAt(1)]);
    });

    it('keeps one of two attempts of the same run that race, and no files of the other', async () => {
      const attempt = aVersion({ runId: 'run-1', fingerprint: 'abc' });
      const registered = await Promise.all([registry.register(attempt), registry.register(attempt), registry.register(attempt)]);
      const [only] = await numbers();
      expect(registered.map(({ version }) => version)).toEqual([only, only, only]);
      expect(await filesOf()).toEqual(filesAt(only));
    });

    it('finds the newest version of a fingerprint', async () => {
      await registry.register(aVersion({ fingerprint: 'abc', runId: 'run-1' }));
      await registry.register(aVersion({ fingerprint: 'abc', runId: 'run-2' }));
      expect((await registry.findByFingerprint('flights_late', 'abc'))?.version).toBe(2);
      expect(await registry.findByFingerprint('flights_late', 'xyz')).toBeUndefined();
    });

    it('refuses a version of another type than its model', async () => {
      await registry.register(aVersion());
      await expect(registry.register(aVersion({ type: 'regression' }))).rejects.toMatchObject({ code: 'MODEL_TYPE_CONFLICT' });
    });

    it('keeps the description of a model until a new one is given', async () => {
      await registry.register(aVersion({ description: 'Late or not' }));
      await registry.register(aVersion());
      expect((await registry.find('flights_late')).description).toBe('Late or not');
    });
  });

  describe('when the process dies while it registers', () => {
    const attempt = aVersion({ runId: 'run-1', fingerprint: 'abc' });

    it.each([
      ['before the model file', () => jest.spyOn(storage, 'create').mockRejectedValueOnce(new Error('died'))],
      ['between the files', () => jest.spyOn(storage, 'write').mockRejectedValueOnce(new Error('died'))],
      [
        'before the row',
        () => jest.spyOn(module.get(DataSource).manager, 'transaction').mockRejectedValueOnce(new Error('died')),
      ],
    ])('has no version after a death %s, and the next attempt has one', async (_moment, dies) => {
      dies();
      await expect(registry.register(attempt)).rejects.toThrow('died');
      expect([await numbers(), (await registry.find('flights_late')).latestVersion]).toEqual([[], null]);
      const { version, path } = await registry.register(attempt);
      expect([version, await readFile(join(folder, path), 'utf8')]).toEqual([2, 'a forest']);
    });

    it('has the version after a connection was lost once the row stood, and the retry finds it', async () => {
      const { manager } = module.get(DataSource);
      const commit = manager.transaction.bind(manager) as (work: unknown) => Promise<unknown>;
      jest.spyOn(manager, 'transaction').mockImplementationOnce(async (work: unknown) => {
        await commit(work);
        throw new Error('connection lost');
      });
      await expect(registry.register(attempt)).rejects.toThrow('connection lost');
      expect([(await registry.register(attempt)).version, await numbers(), await filesOf()]).toEqual([1, [1], filesAt(1)]);
    });

    it('has the version and its alias, or neither', async () => {
      jest.spyOn(module.get(DataSource).manager, 'transaction').mockRejectedValueOnce(new Error('died'));
      await expect(registry.register({ ...attempt, alias: 'production' })).rejects.toThrow('died');
      expect((await registry.find('flights_late')).aliases).toEqual({});
      const { version } = await registry.register({ ...attempt, alias: 'production' });
      expect((await registry.find('flights_late')).aliases).toEqual({ production: version });
    });

    it('has the version after a death before it was announced, and the retry announces it', async () => {
      const events = announced().mockRejectedValueOnce(new Error('died'));
      await expect(registry.register(attempt)).rejects.toThrow('died');
      expect((await registry.register(attempt)).version).toBe(1);
      expect(events).toHaveBeenLastCalledWith({ type: 'model.changed', model: 'flights_late' });
    });

    describe('and leaves files without a version', () => {
      const sweep = () => module.get(ModelSweep).sweep(0);
      const claims = () => module.get(DataSource).query<object[]>('select * from lab.model_claims');

      it.each([
        ['before the model file', () => jest.spyOn(storage, 'create').mockRejectedValueOnce(new Error('died'))],
        ['between the files', () => jest.spyOn(storage, 'write').mockRejectedValueOnce(new Error('died'))],
        [
          'before the row',
          () => jest.spyOn(module.get(DataSource).manager, 'transaction').mockRejectedValueOnce(new Error('died')),
        ],
      ])('they are swept after a death %s, and those of versions are not', async (_moment, dies) => {
        const { version } = await registry.register(aVersion());
        dies();
        await expect(registry.register(attempt)).rejects.toThrow('died');
        expect(await sweep()).toBe(1);
        expect([await filesOf(), await claims()]).toEqual([filesAt(version), []]);
      });

      it('they are swept after a death in the middle of a deletion', async () => {
        const { version } = await registry.register(aVersion());
        jest.spyOn(storage, 'remove').mockRejectedValueOnce(new Error('died'));
        await expect(registry.deleteVersion('flights_late', version)).rejects.toThrow('died');
        expect([await numbers(), await filesOf()]).toEqual([[], filesAt(version)]);
        await module.get(ModelSweep).work();
        expect([await filesOf(), await claims()]).toEqual([[], []]);
      });

      it('they stay for an hour: their registration may be under way', async () => {
        jest.spyOn(module.get(DataSource).manager, 'transaction').mockRejectedValueOnce(new Error('died'));
        await expect(registry.register(attempt)).rejects.toThrow('died');
        await module.get(ModelSweep).work();
        expect(await filesOf()).toEqual(filesAt(1));
      });

      it('a registration that outlives its sweep has no version', async () => {
        const { manager } = module.get(DataSource);
        const commit = manager.transaction.bind(manager) as (work: unknown) => Promise<unknown>;
        jest.spyOn(manager, 'transaction').mockImplementationOnce(async (work: unknown) => {
          await sweep();
          return commit(work);
        });
        await expect(registry.register(attempt)).rejects.toMatchObject({ code: 'MODEL_REGISTRATION_EXPIRED' });
        expect([await numbers(), await filesOf()]).toEqual([[], []]);
      });

      it('files of somebody else at its place are not touched', async () => {
        jest.spyOn(storage, 'create').mockRejectedValueOnce(new Error('died'));
        await expect(registry.register(attempt)).rejects.toThrow('died');
        await storage.write('flights_late/1/model.bin', Buffer.from('of another database'));
        expect(await sweep()).toBe(1);
        expect(await readFile(join(folder, 'flights_late/1/model.bin'), 'utf8')).toBe('of another database');
      });
    });

    it('never writes over files that it does not know', async () => {
      await storage.write('flights_late/1/model.bin', Buffer.from('of another database'));
      expect((await registry.register(aVersion())).version).toBe(2);
      expect(await readFile(join(folder, 'flights_late/1/model.bin'), 'utf8')).toBe('of another database');
    });
  });

  describe('an alias', () => {
    beforeEach(async () => {
      await registry.register(aVersion());
      await registry.register(aVersion());
    });

    it('names a version and moves', async () => {
      await registry.setAlias('flights_late', 'production', 1);
      expect((await registry.resolve('flights_late', { alias: 'production' })).version).toBe(1);
      await registry.setAlias('flights_late', 'production', 2);
      expect((await registry.resolve('flights_late', { alias: 'production' })).version).toBe(2);
    });

    it('is announced when it moves and when it goes', async () => {
      const events = announced();
      await registry.setAlias('flights_late', 'champion', 1);
      await registry.dropAlias('flights_late', 'champion');
      expect(events.mock.calls).toEqual([
        [{ type: 'model.changed', model: 'flights_late' }],
        [{ type: 'model.changed', model: 'flights_late' }],
      ]);
    });

    it.each([
      ['an unknown model', 'nothing', 1, 'MODEL_NOT_FOUND'],
      ['an unknown version', 'flights_late', 9, 'MODEL_VERSION_NOT_FOUND'],
    ])('is refused for %s', async (_what, model, version, code) => {
      await expect(registry.setAlias(model, 'production', version)).rejects.toMatchObject({ code });
    });

    it('that is not there cannot be dropped or served', async () => {
      await expect(registry.dropAlias('flights_late', 'champion')).rejects.toMatchObject({ code: 'MODEL_ALIAS_NOT_FOUND' });
      await expect(registry.resolve('flights_late', { alias: 'champion' })).rejects.toMatchObject({
        code: 'MODEL_ALIAS_NOT_FOUND',
      });
    });

    it('keeps its version from being deleted', async () => {
      await registry.setAlias('flights_late', 'champion', 1);
      await expect(registry.deleteVersion('flights_late', 1)).rejects.toMatchObject({
        code: 'MODEL_VERSION_IN_USE',
        status: 409,
      });
      expect(await storage.exists('flights_late/1/model.bin')).toBe(true);
    });
  });

  describe('deleting a version', () => {
    it('takes its row and its files', async () => {
      await registry.register(aVersion());
      await registry.deleteVersion('flights_late', 1);
      expect([await numbers(), await filesOf()]).toEqual([[], []]);
    });

    it('never gives its number again', async () => {
      await registry.register(aVersion());
      await registry.deleteVersion('flights_late', 1);
      expect((await registry.register(aVersion())).version).toBe(2);
    });
  });

  describe('listing', () => {
    it('tells the newest version and the aliases of each model', async () => {
      await registry.register(aVersion({ description: 'Late or not' }));
      await registry.register(aVersion({ model: 'flights_delay', type: 'regression' }));
      await registry.register(aVersion());
      await registry.setAlias('flights_late', 'production', 1);
      expect(await registry.list({ limit: 1, offset: 1, sort: 'name' })).toEqual({
        total: 2,
        items: [
          {
            name: 'flights_late',
            type: 'classification',
            description: 'Late or not',
            latestVersion: 2,
            aliases: { production: 1 },
          },
        ],
      });
    });

    it('knows nothing of a model that was never registered', async () => {
      await expect(registry.find('nothing')).rejects.toThrow('There is no model "nothing". List them with GET /models.');
      await expect(registry.versions('nothing')).rejects.toMatchObject({ code: 'MODEL_NOT_FOUND' });
    });
  });

  describe('loading', () => {
    const damaged = { code: 'MODEL_DAMAGED', status: 503 };

    it('refuses a file that is not the one that was registered', async () => {
      const version = await registry.register(aVersion());
      await writeFile(join(folder, version.path), 'b forest');
      await expect(registry.load(version)).rejects.toMatchObject(damaged);
    });

    it('refuses a version whose file is gone', async () => {
      const version = await registry.register(aVersion());
      await storage.remove(version.path);
      await expect(registry.load(version)).rejects.toMatchObject(damaged);
    });

    it('refuses a model of an estimator that it does not know, and says so', async () => {
      const bytes = Buffer.from(writeModelFile({ ...FOREIGN, estimator: 'oracle' }));
      const version = await registry.register(aVersion({ file: bytes }));
      await expect(registry.load(version)).rejects.toMatchObject({ ...damaged, message: expect.stringMatching(/"oracle"/) });
    });

    it('refuses whatever was changed in a model, and never breaks', async () => {
      const sound = Buffer.from(writeModelFile(FOREIGN));
      const uniform = seededUniform(3);
      for (let change = 0; change < 60; change++) {
        const bytes = Buffer.from(sound.subarray(0, change % 4 === 0 ? Math.floor(uniform() * sound.length) : sound.length));
        if (bytes.length > 16) bytes[16 + Math.floor(uniform() * (bytes.length - 16))] ^= 1 + Math.floor(uniform() * 255);
        // As a forger would: with a checksum that fits, so that what stands behind it is looked at.
        if (bytes.length > 16) bytes.writeUInt32LE(crc32(bytes.subarray(16)), 12);
        const loaded = await registry.load(await registry.register(aVersion({ file: bytes }))).catch((error: unknown) => error);
        if (loaded instanceof Error) expect(loaded).toMatchObject(damaged);
      }
    });

    it('refuses a file that is no model', async () => {
      const version = await registry.register(aVersion());
      await expect(registry.load(version)).rejects.toMatchObject(damaged);
    });
  });
});
