import { aTrainingSet, numberColumn, regressionTarget, textColumn } from '../../../test/fixtures/training-set.js';
import type { FitOptions, Model, TextOptions, TrainingSet } from '../estimator.types.js';
import { fit, loadModel } from '../estimators.service.js';
import { type ModelFile, readModelFile, writeModelFile } from '../model-file.js';

const REVIEWS = ['The plot is great', 'A dull plot', 'Great, great, great', 'The dull and the dire', 'the great', null];
const STARS = [4, 2, 5, 1, 5, 3];
const set: TrainingSet = {
  rows: REVIEWS.length,
  features: [textColumn('review', REVIEWS)],
  target: regressionTarget(STARS),
};

const train = (overrides: Partial<TrainingSet> = {}, text?: Partial<TextOptions>): Promise<Model> => {
  const options: FitOptions = { seed: 1 };
  const all: TextOptions = { maxTerms: 200, minDocuments: 2, stopWords: 'none', ...text };
  return fit('ridge', { ...set, ...overrides }, {}, text ? { ...options, text: all } : options);
};
const vocabulariesOf = (model: Model): unknown =>
  (readModelFile(model.serialise()).state as { vocabularies: unknown }).vocabularies;

describe('a model of texts', () => {
  it('knows a good word from a bad one', async () => {
    const model = await train();
    const [good, bad] = model.predict([['A GREAT book!'], ['dull, dull']]);
    expect(good).toBeGreaterThan(bad + 1);
  });

  it('keeps the words of two rows and more', async () => {
    expect(vocabulariesOf(await train())).toEqual([['dull', 'great', 'plot', 'the']]);
  });

  it('keeps fewer words when it is told to', async () => {
    expect(vocabulariesOf(await train({}, { maxTerms: 1 }))).toEqual([['great']]);
    expect(vocabulariesOf(await train({}, { minDocuments: 3 }))).toEqual([['great', 'the']]);
    expect(vocabulariesOf(await train({}, { stopWords: 'english' }))).toEqual([['dull', 'great', 'plot']]);
  });

  it('tells the words of two texts apart, and those of a text from a feature of the same name', async () => {
    const features = [textColumn('a', REVIEWS), textColumn('b', REVIEWS.toReversed()), numberColumn('great', STARS)];
    const model = await train({ features });
    expect(model.features.map(({ name }) => name)).toEqual(['a', 'b', 'great']);
    expect(model.importances().reduce((sum, share) => sum + share)).toBeCloseTo(1);
    expect(loadModel(model.serialise()).predict([['great', null, 3]])).toEqual(model.predict([['great', null, 3]]));
  });

  it('learns from the other features where a text says nothing', async () => {
    const nothing = textColumn('nothing', ['', '!', null, '…', 'a', 'once']);
    const model = await train({ features: [nothing, numberColumn('x', STARS)] });
    expect(model.importances()).toEqual([0, 1]);
    expect(model.predict([['once', 5]])[0]).toBeGreaterThan(3);
  });

  it('cannot be where no text says anything', async () => {
    await expect(train({}, { minDocuments: 5 })).rejects.toThrow(/No term is there in enough rows.*Lower min_documents/);
  });

  it('refuses a text column that is too short', async () => {
    await expect(train({ features: [textColumn('review', ['one'])] })).rejects.toThrow('has 1 values for 6 rows');
  });

  it('refuses a number where a text belongs', async () => {
    expect(await train().then((model) => () => model.predict([[7]]))).toThrow('The feature "review" is a text, and got 7.');
  });

  it('needs no vocabulary to be a baseline', async () => {
    const model = await fit('baseline', set, {}, { seed: 1 });
    expect(loadModel(model.serialise()).predict([['Great'], [null]])).toEqual(Float64Array.of(20 / 6, 20 / 6));
    expect(model.serialise().length).toBeLessThan(500);
  });
});

describe('the file of a model of texts', () => {
  const withText = { features: [...aTrainingSet().features, textColumn('review', Array(200).fill('great plot'))] };
  const sound = async () => readModelFile((await fit('ridge', { ...aTrainingSet(), ...withText }, {}, { seed: 1 })).serialise());

  it.each<[string, (file: Awaited<ReturnType<typeof sound>>) => object, RegExp]>([
    ['has no vocabulary', () => ({ state: {} }), /vocabularies of its texts cannot be read/],
    ['has one too many', () => ({ state: { vocabularies: [['great', 'plot'], []] } }), /cannot be read/],
    ['has a term without a weight', () => ({ state: { vocabularies: [['great', 'plot', 'twist']] } }), /"idf" has 2 numbers/],
    ['has its terms in disorder', () => ({ state: { vocabularies: [['plot', 'great']] } }), /out of order/],
    ['has a term twice', () => ({ state: { vocabularies: [['plot', 'plot']] } }), /out of order/],
    ['has other terms', () => ({ state: { vocabularies: [['great', 'plots']] } }), /not those of its model/],
    ['has a weight out of range', ({ arrays }) => ({ arrays: { ...arrays, idf: Float64Array.of(1, NaN) } }), /out of range/],
    ['has no model', ({ arrays: { idf } }) => ({ arrays: { idf } }), /lacks the array "model"/],
    ['has a broken model', ({ arrays }) => ({ arrays: { ...arrays, model: new Uint8Array(40) } }), /does not begin/],
    ['is of another estimator than its model', () => ({ estimator: 'lasso' }), /not those of its model/],
    ['is for another problem', () => ({ problem: 'classification', classes: [1, 2] }), /not those of its model/],
    ['has another feature', ({ features }) => ({ features: [features[0], features[2], features[1]] }), /not those of its model/],
    [
      'has itself for a model',
      (file) => ({ arrays: { ...file.arrays, model: writeModelFile(file as ModelFile) } }),
      /a text and no vocabulary/,
    ],
  ])('is refused when it %s', async (_, change, message) => {
    const file = await sound();
    const broken = writeModelFile({ ...file, ...change(file) });
    expect(() => loadModel(broken)).toThrow(message);
  });

  it('is refused when a text has lost its encoding', async () => {
    const file = await sound();
    const inner = readModelFile(file.arrays.model as Uint8Array);
    expect(() => loadModel(writeModelFile({ ...inner, features: file.features }))).toThrow(/cannot be read/);
  });
});
