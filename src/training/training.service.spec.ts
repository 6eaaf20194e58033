import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { aTaskRun, openRooms, type Rooms } from '../../test/fixtures/rooms.js';
import { DatasetNotFoundError } from '../catalog/catalog.errors.js';
import { LakeService } from '../medallion/lake.service.js';
import type { CommitFacts } from '../medallion/lake.types.js';
import { MedallionModule } from '../medallion/medallion.module.js';
import { RegistryModule } from '../registry/registry.module.js';
import { RegistryService } from '../registry/registry.service.js';
import { TrainOptions, type TrainReport } from './train.schema.js';
import { ColumnNotFoundError, NoTimeColumnError } from './training.errors.js';
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
    rooms = await openRooms([MedallionModule, TrainingModule, RegistryModule], { 'pipelines/houses.yaml': undefined });
    registry = rooms.module.get(RegistryService);
    await write(HOUSES);
    await write('select i as id, i as x, random() as noise, i % 2 = 1 as odd from range(2000) as numbers (i)', 'gold.noise', {
      time: null,
      targets: ['noise', 'odd'],
    });
  });
  afterAll(() => rooms.close());

  const write = (sql: string, table = 'gold.houses', facts: Partial<CommitFacts> = {}) =>
    rooms.module.get(LakeService).write(table, { mode: 'overwrite', query: { sql }, facts: { ...FACTS, ...facts } });

  const theOptions = (overrides: Partial<TrainOptions>): TrainOptions =>
    TrainOptions.parse({
      dataset: 'gold.houses',
      target: 'price',
      features: ['area', 'town'],
      estimator: 'random_forest',
      params: { n_trees: 10, min_samples_leaf: 2 },
      model_name: 'house_price',
      ...overrides,
    });

  const train = (overrides: Partial<TrainOptions>, run = aTaskRun()) =>
    rooms.module.get(TrainingService).train(theOptions(overrides), run) as Promise<TrainReport>;

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

  it('trains again when the file of the version is damaged', async () => {
    const { version } = await train({ model_name: 'damaged' });
    const { path } = await registry.resolve('damaged', { version });
    await writeFile(join(rooms.folder, 'models', path), 'rust');
    const run = aTaskRun({ runId: randomUUID() });
    expect(await train({ model_name: 'damaged' }, run)).toMatchObject({ version: version + 1, skipped: false, promoted: true });
    expect(run.lines[0]).toContain(`the file of version ${version} is damaged`);
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

  it('keeps with each feature how much it tells, and reports the strongest first', async () => {
    const { importances, version } = await train({ features: ['town', 'area'], model_name: 'explained' });
    expect(importances.map(({ feature }) => feature)).toEqual(['area', 'town']);
    expect(importances[0].importance + importances[1].importance).toBeCloseTo(1);
    const { features } = await registry.resolve('explained', { version });
    expect(features.map(({ name }) => name)).toEqual(['town', 'area']);
    expect(features[1].importance).toBe(importances[0].importance);
  });

  it('leaves out, where nobody names them, what says how a row came here and what never changes', async () => {
    await write(
      `select i as x, 'a.csv' as _source, 1 as always, if(i % 2 = 0, 1, null) as sometimes, i * 2.0::double as price
       from range(50) as numbers (i)`,
      'gold.traced',
    );
    const traced = { dataset: 'gold.traced', features: undefined, model_name: 'traced' };
    expect((await train(traced)).left_out.map(({ column }) => column)).toEqual(['_source', 'always']);
    expect((await train({ ...traced, features: ['_source', 'always', 'x'] })).left_out).toEqual([]);
  });

  it('learns from every column but keys, targets, time and what nothing can be learned from, and says so', async () => {
    const run = aTaskRun();
    const { left_out, version } = await train({ features: undefined, model_name: 'usual' }, run);
    expect(left_out).toEqual([{ column: 'list', reason: expect.stringMatching(/nested, BIGINT\[\]/) }]);
    expect(run.lines[0]).toContain('The column "list" is left out');
    expect(run.lines[1]).toMatch(
      /learns "price" from area, town: 500 rows of gold.houses, version 0, held out .*"time".*, seed 42/,
    );
    expect((await registry.resolve('usual', { version })).features.map(({ name }) => name)).toEqual(['area', 'town']);
  });

  it('holds out by time where the dataset has one, and within each class where it has none', async () => {
    const service = rooms.module.get(TrainingService);
    const resolved = async (overrides: Partial<TrainOptions>) =>
      (await service.check(theOptions({ model_name: 'undecided', ...overrides }))).validation;
    expect(await resolved({})).toEqual({ by: 'time', column: 'sold', share: 0.2 });
    expect(await resolved({ dataset: 'gold.noise', target: 'odd', features: ['x'] })).toEqual({ by: 'stratified', share: 0.2 });
    expect(await resolved({ dataset: 'gold.noise', target: 'noise', features: ['x'] })).toEqual({ by: 'random', share: 0.2 });
  });

  it('holds out whole groups', async () => {
    const { metrics } = await train({ validation: { by: 'group', column: 'town', share: 0.25 }, model_name: 'by_town' });
    expect(metrics.rmse).toBeGreaterThan(0);
  });

  it('trains on a sample of exactly so many rows, the same for the same seed', async () => {
    const first = await train({ sample: { rows: 120 }, model_name: 'sampled' });
    expect(first.rows).toBe(120);
    const again = await train({ sample: { rows: 120 }, model_name: 'sampled_again' });
    expect(again.metrics).toEqual(first.metrics);
    expect((await train({ sample: { share: 0.5 }, model_name: 'sampled' })).rows).toBe(250);
  });

  it('leaves out rows without a target, whether null or NaN', async () => {
    await write(
      `select i as x, case when i % 10 = 0 then null when i % 10 = 1 then 'NaN'::double else i::double end as price
       from range(100) as numbers (i)`,
      'gold.gaps',
    );
    expect((await train({ dataset: 'gold.gaps', features: ['x'], model_name: 'gaps' })).rows).toBe(80);
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

  it('registers nothing when it is stopped on the way', async () => {
    const stop = new AbortController();
    const run = aTaskRun({ signal: stop.signal, progress: () => stop.abort(new Error('stopped')) });
    await expect(train({ model_name: 'stopped' }, run)).rejects.toThrow('stopped');
    expect(await registry.names()).not.toContain('stopped');
  });

  it('stops within a tree', async () => {
    const stop = new AbortController();
    const trees: number[] = [];
    const progress = (share: number): void => {
      trees.push(share);
      if (share >= 0.1) stop.abort(new Error('stopped'));
    };
    const params = { n_trees: 2000, min_samples_leaf: 1 };
    const run = aTaskRun({ signal: stop.signal, progress });
    await expect(train({ model_name: 'stopped', params }, run)).rejects.toThrow('stopped');
    expect(Math.max(...trees)).toBeLessThan(0.2);
  });

  it('waits for its turn, and leaves the queue when it is stopped', async () => {
    const stop = new AbortController();
    const first = train({ model_name: 'first_in_line', params: { n_trees: 200 } });
    const second = train(
      { model_name: 'second_in_line' },
      aTaskRun({ signal: stop.signal, progress: () => stop.abort(new Error('stopped')) }),
    );
    const third = train({ model_name: 'third_in_line' });
    await expect(second).rejects.toThrow('stopped');
    expect([(await first).version, (await third).version]).toEqual([1, 1]);
  });

  describe('refuses', () => {
    beforeAll(async () => {
      await write('select 1 as x, 2.0::double as price', 'gold.tiny');
      await write(
        `select i as x, 1 as always, i::double as price, case when i = 3 then 'infinity'::double else i end as worth,
           case when i in (5, 6) then '-infinity'::double else 1 end as wild, null::double as nothing,
           [i] as list, {'a': i} as nest from range(20) as numbers (i)`,
        'gold.odd',
        { time: null, targets: [] },
      );
      await write(`select i::double as price, 'house ' || i as name from range(12000) as numbers (i)`, 'gold.names');
      await write('select i as x, 1.0::double as price from range(0) as numbers (i)', 'gold.none');
      const wide = Array.from({ length: 30 }, (_, index) => `i + ${index} as x${index}`).join(', ');
      await write(`select ${wide}, i::double as price from range(20) as numbers (i)`, 'gold.wide');
    });

    const odd = { dataset: 'gold.odd', features: ['x'] };

    it.each<[string, Partial<TrainOptions>, string, RegExp]>([
      ['a dataset without rows', { dataset: 'gold.none', features: ['x'] }, 'TOO_FEW_ROWS', /^0 row/],
      ['too few rows to test on', { dataset: 'gold.tiny', features: ['x'] }, 'TOO_FEW_ROWS', /^1 row/],
      ['a sample of too few rows', { sample: { rows: 5 } }, 'TOO_FEW_ROWS', /^5 row/],
      ['more features than rows', { dataset: 'gold.wide', features: undefined }, 'TOO_FEW_ROWS', /30 features/],
      ['a constant target', { ...odd, target: 'always' }, 'UNTRAINABLE', /"always" is the same in every row/],
      ['one class only', { ...odd, target: 'always', problem: 'classification' }, 'UNTRAINABLE', /one class only/],
      ['an infinite target', { ...odd, target: 'worth' }, 'UNTRAINABLE', /"worth" is infinite in 1 row/],
      ['an infinite feature', { ...odd, features: ['wild'] }, 'UNTRAINABLE', /"wild" is infinite in 2 row/],
      ['a feature without any value', { ...odd, features: ['nothing'] }, 'UNTRAINABLE', /"nothing".* has no value/],
      ['class weights of an amount', { params: { class_weight: 'balanced' } }, 'WRONG_PROBLEM', /class_weight/],
      [
        'a text that names every row',
        { dataset: 'gold.names', features: ['name'] },
        'UNTRAINABLE',
        /"name".* about \d+ different/,
      ],
      ['a nested feature', { ...odd, features: ['nest'] }, 'COLUMN_UNUSABLE', /"nest" is STRUCT/],
      ['a nested target', { ...odd, target: 'list' }, 'COLUMN_UNUSABLE', /"list" is BIGINT\[\]/],
      ['the target as a feature', { features: ['area', 'price'] }, 'COLUMN_UNUSABLE', /"price" is the target/],
      ['a text target for a regression', { target: 'town', problem: 'regression' }, 'COLUMN_UNUSABLE', /is a number/],
      ['nested groups', { ...odd, validation: { by: 'group', column: 'list', share: 0.2 } }, 'COLUMN_UNUSABLE', /grouped/],
      ['a regression within classes', { validation: { by: 'stratified', share: 0.2 } }, 'WRONG_PROBLEM', /within each class/],
      ['an unknown estimator', { estimator: 'oracle' }, 'UNKNOWN_ESTIMATOR', /"oracle"/],
      ['a parameter out of its range', { params: { n_trees: 0 } }, 'INVALID_PARAMETERS', /n_trees: .* from 1 to 2000/],
    ])('%s', async (_what, overrides, code, words) => {
      const options = theOptions({ model_name: 'refused', ...overrides });
      const refusal = { code, status: 422, message: expect.stringMatching(words) };
      await expect(rooms.module.get(TrainingService).check(options)).rejects.toMatchObject(refusal);
      await expect(rooms.module.get(TrainingService).train(options, aTaskRun())).rejects.toMatchObject(refusal);
      expect(await registry.names()).not.toContain('refused');
    });

    it('a name whose versions are of the other kind', async () => {
      await train({ model_name: 'a_price' });
      await expect(train({ model_name: 'a_price', target: 'dear' })).rejects.toMatchObject({ code: 'MODEL_TYPE_CONFLICT' });
    });

    it('what only the thread of the training sees, in its words', async () => {
      const params = { class_weight: { castle: 2 } };
      await expect(train({ target: 'dear', model_name: 'castles', params })).rejects.toMatchObject({
        status: 422,
        message: expect.stringMatching(/castle/),
      });
    });
  });
});
