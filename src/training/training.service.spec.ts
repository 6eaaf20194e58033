import { aTaskRun, openRooms, type Rooms } from '../../test/fixtures/rooms.js';
import { DatasetNotFoundError } from '../catalog/catalog.errors.js';
import { LakeService } from '../medallion/lake.service.js';
import type { CommitFacts } from '../medallion/lake.types.js';
import { MedallionModule } from '../medallion/medallion.module.js';
import { RegistryModule } from '../registry/registry.module.js';
import { RegistryService } from '../registry/registry.service.js';
import { TrainOptions } from './train.schema.js';
import { ColumnNotFoundError, NoTimeColumnError, TooFewRowsError, UnusableColumnError } from './training.errors.js';
import { TrainingModule } from './training.module.js';
import { TrainingService } from './training.service.js';

const FACTS = { run_id: null, inputs: [], keys: ['id'], time: 'sold', targets: ['price', 'dear'] };
/** A price that follows from the area, its noise, and a text that has nothing to do with it. */
const HOUSES = `select i as id, (i * 37) % 160 + 40.0::double as area, chr((65 + i % 4)::integer) as town,
  ((i * 37) % 160) * 1000.0::double + (i % 7) * 500 as price, (i * 37) % 160 > 80 as dear, [i] as list,
  timestamptz '2026-01-01' + to_days(i::integer) as sold from range(500) as numbers (i)`;

describe('TrainingService', () => {
  let rooms: Rooms;
  let registry: RegistryService;

  beforeAll(async () => {
    rooms = await openRooms([MedallionModule, TrainingModule, RegistryModule]);
    registry = rooms.module.get(RegistryService);
    await write(HOUSES);
    await write('select i as id, i as x, random() as noise from range(2000) as numbers (i)', 'gold.noise', {
      ...FACTS,
      time: null,
      targets: ['noise'],
    });
  });
  afterAll(() => rooms.close());

  const write = (sql: string, table = 'gold.houses', facts: Partial<CommitFacts> = {}) =>
    rooms.module.get(LakeService).write(table, { mode: 'overwrite', query: { sql }, facts: { ...FACTS, ...facts } });

  const train = (overrides: Partial<TrainOptions>, run = aTaskRun()) =>
    rooms.module.get(TrainingService).train(
      TrainOptions.parse({
        dataset: 'gold.houses',
        target: 'price',
        features: ['area', 'town'],
        estimator: 'random_forest',
        params: { n_trees: 10, min_samples_leaf: 2 },
        model_name: 'house_price',
        ...overrides,
      }),
      run,
    );

  it('registers what it learnt with where it comes from, and promotes what beats its baseline', async () => {
    const run = aTaskRun();
    const report = await train({ validation: { by: 'time', share: 0.2 } }, run);
    expect(report).toMatchObject({ model: 'house_price', rows: 500, promoted: true, skipped: false });
    expect(report.metrics.rmse).toBeLessThan(report.baseline_metrics.rmse / 2);
    const [version] = await registry.versions('house_price');
    expect(version).toMatchObject({
      dataset: { name: 'gold.houses', version: 0 },
      target: 'price',
      runId: run.runId,
      features: [
        { name: 'area', type: 'number' },
        { name: 'town', type: 'category' },
      ],
    });
    const model = await registry.load(version);
    expect(model.predict([[100, 'A']])[0]).toBeGreaterThan(50_000);
  });

  it('trains nothing again on the same version with the same options', async () => {
    const first = await train({ model_name: 'again' });
    expect(await train({ model_name: 'again' })).toMatchObject({ version: first.version, skipped: true, rows: 0 });
    expect(await train({ model_name: 'again', seed: 7 })).toMatchObject({ version: 2, skipped: false });
  });

  it('leaves production where somebody has put it when there was nothing to train', async () => {
    await train({ model_name: 'rolled_back' });
    await train({ model_name: 'rolled_back', seed: 7 });
    await registry.setAlias('rolled_back', 'production', 1);
    expect(await train({ model_name: 'rolled_back', seed: 7 })).toMatchObject({ skipped: true, promoted: false });
    expect((await registry.find('rolled_back')).aliases).toEqual({ production: 1 });
  });

  it('takes a boolean for a classification and scores it by its likelihood', async () => {
    const { metrics, promoted } = await train({ target: 'dear', model_name: 'house_dear' });
    expect(metrics.roc_auc).toBeGreaterThan(0.95);
    expect(promoted).toBe(true);
    expect((await registry.find('house_dear')).type).toBe('classification');
  });

  it('registers what is no better than its baseline, and does not promote it', async () => {
    const { promoted } = await train({
      dataset: 'gold.noise',
      target: 'noise',
      features: ['x'],
      model_name: 'noise',
      params: { n_trees: 10, min_samples_leaf: 1 },
    });
    expect([promoted, (await registry.find('noise')).aliases]).toEqual([false, {}]);
  });

  it('learns from every column but keys, targets and time when none are named', async () => {
    await expect(train({ features: undefined })).rejects.toThrow(
      new UnusableColumnError('list', 'BIGINT[]', 'a feature is a number, a boolean or text. Leave it out with "features"'),
    );
  });

  it.each([
    ['dataset', { dataset: 'gold.castles' }, DatasetNotFoundError],
    ['target', { target: 'worth' }, ColumnNotFoundError],
    ['feature', { features: ['garden'] }, ColumnNotFoundError],
  ])('names an unknown %s', async (_what, options, error) => {
    await expect(train(options)).rejects.toThrow(error);
  });

  it('cannot hold out by time without a time column', async () => {
    await expect(
      train({ dataset: 'gold.noise', target: 'noise', features: ['x'], validation: { by: 'time', share: 0.2 } }),
    ).rejects.toThrow(NoTimeColumnError);
  });

  it('says when there are too few rows to test on', async () => {
    await write('select 1 as x, 2.0::double as price', 'gold.tiny');
    await expect(train({ dataset: 'gold.tiny', features: ['x'] })).rejects.toThrow(TooFewRowsError);
  });

  it('registers nothing when it is stopped on the way', async () => {
    const stop = new AbortController();
    const run = aTaskRun({ signal: stop.signal, progress: () => stop.abort(new Error('stopped')) });
    await expect(train({ model_name: 'stopped' }, run)).rejects.toThrow('stopped');
    expect(await registry.names()).not.toContain('stopped');
  });
});
