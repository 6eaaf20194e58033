import { aTaskRun, openRooms, type Rooms } from '../../test/fixtures/rooms.js';
import { LakeService } from '../medallion/lake.service.js';
import { MedallionModule } from '../medallion/medallion.module.js';
import { RegistryModule } from '../registry/registry.module.js';
import { RegistryService } from '../registry/registry.service.js';
import { TrainingData } from './data/training-data.js';
import { TrainOptions, type TrainReport } from './train.schema.js';
import { TrainingModule } from './training.module.js';
import { TrainingService } from './training.service.js';

/** Reviews whose words say how many stars they give, and a colour that says nothing. */
const REVIEWS = `select i as id, case when i % 3 = 0 then 'A great, GREAT book' when i % 3 = 1 then 'quite dull' end as review,
  'Book ' || i as title, ['red', 'blue'][1 + i % 2] as colour, (hash(i) % 1000)::double as noise, i as number, null::varchar as blank,
  case i % 3 when 0 then 5.0 when 1 then 1.0 else 3.0 end as stars, [i] as list from range(300) as numbers (i)`;
const FACTS = { run_id: null, inputs: [], keys: ['id'], time: null, targets: ['stars', 'noise'] };

describe('a training on texts', () => {
  let rooms: Rooms;
  let registry: RegistryService;

  beforeAll(async () => {
    rooms = await openRooms([MedallionModule, TrainingModule, RegistryModule], { 'pipelines/houses.yaml': undefined });
    registry = rooms.module.get(RegistryService);
    await write(REVIEWS);
  });
  afterAll(() => rooms.close());

  const write = (sql: string, table = 'gold.reviews') =>
    rooms.module.get(LakeService).write(table, { mode: 'overwrite', query: { sql }, facts: FACTS });

  const theOptions = (overrides: object): TrainOptions =>
    TrainOptions.parse({
      dataset: 'gold.reviews',
      target: 'stars',
      features: ['colour'],
      text_features: ['review', 'blank'],
      estimator: 'ridge',
      model_name: 'stars',
      ...overrides,
    });
  const train = (overrides: object = {}, run = aTaskRun()) =>
    rooms.module.get(TrainingService).train(theOptions(overrides), run) as Promise<TrainReport>;

  it('learns from their words, and gives the model what it needs to read them', async () => {
    const run = aTaskRun();
    const { promoted, importances, version } = await train({}, run);
    expect([promoted, importances[0].feature, importances[2]]).toEqual([true, 'review', { feature: 'blank', importance: 0 }]);
    expect(run.lines[0]).toMatch(
      /from colour, the words of review, the words of blank: 300 rows.*"max_terms":200,"min_documents":2,"stop_words":"none"/,
    );
    const registered = await registry.resolve('stars', { version });
    expect(registered.features.map(({ name, type }) => `${name}: ${type}`)).toEqual([
      'colour: category',
      'review: text',
      'blank: text',
    ]);
    const model = await registry.load(registered);
    const [good, bad, none] = model.predict([['red', 'Great!', ''], ['red', 'DULL', null], ['red', null, 'new']]); // prettier-ignore
    expect([good > 4, bad < 2, Math.round(none)]).toEqual([true, true, 3]);
  });

  it('trains nothing again on the same words, and another model on others', async () => {
    const first = await registry.resolve('stars', { alias: 'production' });
    expect(await train({ text: {} })).toMatchObject({ version: first.version, skipped: true });
    expect(await train({ text: { stop_words: 'english' } })).toMatchObject({ version: first.version + 1, skipped: false });
  });

  it('may have texts alone, with any estimator', async () => {
    const params = { n_trees: 5, min_samples_leaf: 5 };
    const alone = { features: [], problem: 'classification', estimator: 'random_forest', params, model_name: 'alone' };
    expect((await train(alone)).metrics.accuracy).toBe(1);
  });

  it('takes the usual features beside them, and none of them twice', async () => {
    const options = theOptions({ features: undefined, text_features: ['review', 'title'] });
    const { features } = await rooms.module.get(TrainingData).plan(options);
    expect(features.map(({ name, type }) => `${name}: ${type}`)).toEqual([
      'colour: category',
      'number: number',
      'blank: category',
      'review: text',
      'title: text',
    ]);
  });

  it.each<[string, object, string, RegExp]>([
    ['a number', { text_features: ['number'] }, 'COLUMN_UNUSABLE', /"number" is BIGINT; words are those of a text/],
    ['a list', { text_features: ['list'] }, 'COLUMN_UNUSABLE', /"list" is BIGINT\[\]/],
    [
      'the target',
      { target: 'colour', estimator: 'baseline', features: ['number'], text_features: ['colour'] },
      'COLUMN_UNUSABLE',
      /"colour" is the target/,
    ],
    ['a feature', { features: ['review'] }, 'COLUMN_UNUSABLE', /in "features" and in "text_features"; name it in one/],
    ['a column that there is not', { text_features: ['plot'] }, 'COLUMN_NOT_FOUND', /no column "plot"/],
    ['nothing', { features: [], text_features: undefined }, 'INVALID_INPUT', /names no column/],
    ['no column, but their terms', { text_features: undefined, text: {} }, 'INVALID_INPUT', /goes with text_features/],
  ])('refuses as texts %s', async (_, overrides, code, words) => {
    const checking = rooms.module.get(TrainingService).check(theOptions({ model_name: 'refused', ...overrides }));
    await expect(checking).rejects.toMatchObject({ code, message: expect.stringMatching(words) });
  });

  it('refuses texts without any word that two rows have', async () => {
    const refusal = { status: 422, message: expect.stringMatching(/No term .* Lower min_documents/) };
    await expect(train({ features: [], text_features: ['blank'] })).rejects.toMatchObject(refusal);
  });

  describe('that falls back on its baseline', () => {
    const noise = { target: 'noise', problem: 'regression', features: ['number'], text_features: ['title'], model_name: 'noise' };
    const wild = { ...noise, estimator: 'random_forest', params: { n_trees: 3, min_samples_leaf: 1 } };

    it('registers the baseline where the model is no better, and promotes it', async () => {
      const run = aTaskRun();
      expect(await train(wild)).toMatchObject({ version: 1, estimator: 'random_forest', promoted: false });
      const report = await train({ ...wild, fallback: 'baseline' }, run);
      expect(report).toMatchObject({
        version: 2,
        estimator: 'baseline',
        promoted: true,
        outdone: { estimator: 'random_forest' },
      });
      expect(report.metrics).toEqual(report.baseline_metrics);
      expect(report.outdone?.metrics.rmse).toBeGreaterThan(report.metrics.rmse);
      expect(run.lines.at(-1)).toMatch(/rmse \d+\.\d+ \(baseline \d+\.\d+\); random_forest is no better than its baseline/);
      const version = await registry.resolve('noise', { alias: 'production' });
      expect(version).toMatchObject({ estimator: 'baseline', params: {}, features: [{ name: 'number' }, { name: 'title' }] });
      const [one, other] = (await registry.load(version)).predict([[1, 'Book'], [200, null]]); // prettier-ignore
      expect(one).toBe(other);
      expect(await train({ ...wild, fallback: 'baseline' })).toMatchObject({ version: 2, skipped: true, promoted: true });
    });

    it('keeps a model that is better', async () => {
      const report = await train({ fallback: 'baseline', model_name: 'better' });
      expect(report).toMatchObject({ estimator: 'ridge', promoted: true });
      expect(report.outdone).toBeUndefined();
    });
  });

  describe('where nothing can be learned', () => {
    beforeAll(async () => {
      await write(`${REVIEWS} limit 3`, 'gold.three');
      await write(`select 1.0::double as stars, 'red' as colour, 'good' as review from range(20)`, 'gold.constant');
      await write(`select i::double as stars, 'red' as colour, 'good' as review from range(20) as numbers (i)`, 'gold.apart');
    });

    it.each([
      ['three rows', { dataset: 'gold.three' }, /^3 row\(s\) with a target are too few/],
      ['a constant target', { dataset: 'gold.constant' }, /"stars" is the same in every row/],
      [
        'classes of one row',
        { dataset: 'gold.apart', problem: 'classification', estimator: 'random_forest' },
        /a class of its own/,
      ],
    ])('says so of %s, and need not fail', async (_, overrides, reason) => {
      const run = aTaskRun();
      const options = { ...overrides, text_features: ['review'], model_name: 'none', unlearnable: 'skip' };
      expect(await train(options, run)).toEqual({
        model: 'none',
        version: null,
        skipped: true,
        reason: expect.stringMatching(reason),
      });
      expect(run.lines.at(-1)).toMatch(/^none: nothing can be learned, so what is in production stays\./);
      expect(await registry.names()).not.toContain('none');
    });

    it('fails when nothing else is said, and for a mistake in what is asked', async () => {
      await expect(train({ dataset: 'gold.three' })).rejects.toMatchObject({ code: 'TOO_FEW_ROWS' });
      await expect(train({ features: ['garden'], unlearnable: 'skip' })).rejects.toMatchObject({ code: 'COLUMN_NOT_FOUND' });
    });
  });
});
