import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { aLabFolder, type Answer, Lab, removeFolder } from '../fixtures/lab.js';
import { aWorkspace } from '../fixtures/workspace.js';

const A_HOUSE = { area: 100, town: 'Porto' };
const FOREST = { dataset: 'gold.house_training', estimator: 'random_forest', params: { n_trees: 20, min_samples_leaf: 2 } };
/** Takes long enough to be looked at. */
const ENDLESS = { ...FOREST, dataset: 'gold.pairs', target: 'price', params: { n_trees: 2000, min_samples_leaf: 1 } };
const PAIRS = `/*---
name: gold.pairs
description: Every house beside every other
targets: [price]
---*/
select a.area as area, b.area as other_area, b.town as town, a.price + b.price as price from silver.houses a, silver.houses b
`;

const isOver = (job: Answer['body']): boolean => ['succeeded', 'failed', 'cancelled'].includes(job.status);

describe('training over HTTP', () => {
  let folder: string;
  let lab: Lab;

  beforeAll(async () => {
    folder = await aLabFolder();
    const workspace = await aWorkspace(folder, {
      'transforms/gold/pairs.sql': PAIRS,
      'lab.yaml': 'default_training: { dataset: gold.house_training, targets: { regression: price, classification: dear } }\n',
    });
    lab = await Lab.start(folder, { WORKSPACE_DIR: workspace });
    const { body } = await lab.call('POST', '/api/v1/pipelines/houses/runs', {});
    await lab.until(body.href, isOver);
  });
  afterAll(async () => {
    await lab?.stop();
    await removeFolder(folder);
  });

  const train = (body: unknown, query = '') => lab.call('POST', `/train${query}`, body);
  const trained = async ({ body }: Answer): Promise<Answer['body']> => lab.until(body.href, isOver);

  it('trains what is asked for, and the model answers', async () => {
    const answer = await train({ ...FOREST, target: 'price', model_name: 'asked_for' });
    expect(answer).toMatchObject({
      status: 202,
      body: {
        status: 'training_started',
        message: expect.stringContaining('"price" of gold.house_training, version 0'),
        id: expect.any(String),
        href: `/api/v1/jobs/${answer.body.id}`,
      },
    });
    expect(await trained(answer)).toMatchObject({
      kind: 'training.train',
      status: 'succeeded',
      progress: 1,
      result: { model: 'asked_for', version: 1, rows: 400, metrics: { rmse: expect.any(Number) }, promoted: true },
    });
    const { body } = await lab.call('POST', '/predict', { model_name: 'asked_for', records: [A_HOUSE] });
    expect(body.predictions[0]).toBeGreaterThan(90_000);
    expect(body.predictions[0]).toBeLessThan(150_000);
    const model = await lab.call('GET', '/models/asked_for');
    expect(model.body.versions[0]).toMatchObject({
      run_id: answer.body.id,
      dataset: { name: 'gold.house_training', version: 0 },
    });
  });

  it.each([
    ['no body', undefined, {}],
    ['no body, called JSON', undefined, { 'content-type': 'application/json' }],
    ['null', null, {}],
    ['an empty object', {}, {}],
  ])('takes the older form, by kind and name alone, with %s', async (_what, body, headers) => {
    const answer = await lab.call('POST', '/train?model_type=classification&model_name=random_forest', body, headers);
    expect(answer.status).toBe(202);
    expect((await trained(answer)).result).toMatchObject({ model: 'classification_random_forest', version: 1 });
    const served = { model_type: 'classification', model_name: 'random_forest', records: [A_HOUSE] };
    expect((await lab.call('POST', '/predict', served)).body.classes).toEqual([false, true]);
  });

  it('learns from texts, which the model takes as they were written', async () => {
    const texts = { features: ['area'], text_features: ['town'], text: { max_terms: 5 }, fallback: 'baseline' };
    const asked = { ...FOREST, ...texts, target: 'price', model_name: 'from_words' };
    const { result } = await trained(await train(asked));
    expect(result).toMatchObject({ model: 'from_words', estimator: 'random_forest', promoted: true });
    expect((await lab.call('GET', '/models/from_words')).body.versions[0].features).toMatchObject([
      { name: 'area', type: 'number' },
      { name: 'town', type: 'text' },
    ]);
    const records = [A_HOUSE, { area: 100, town: null }];
    const { body } = await lab.call('POST', '/predict', { model_name: 'from_words', records });
    expect(body.predictions).toEqual([expect.any(Number), expect.any(Number)]);
    expect(await train({ ...asked, features: ['town'] })).toMatchObject({ status: 422, body: { code: 'COLUMN_UNUSABLE' } });
  });

  it('takes the default target for a problem, and names the model after both', async () => {
    const answer = await train({ problem: 'regression', estimator: 'baseline' });
    expect((await trained(answer)).result).toMatchObject({ model: 'regression_baseline', promoted: false });
  });

  it('tells what it read, and what came of it', async () => {
    const { body } = await train({ ...FOREST, target: 'dear', model_name: 'in_words' });
    await lab.until(body.href, isOver);
    const { items } = (await lab.call('GET', `${body.href}/logs`)).body;
    expect(items.map(({ message }: { message: string }) => message).join('\n')).toMatch(
      /in_words: version 1 from 320 rows, tested on 80.*log_loss.*baseline/,
    );
  });

  it('grows in progress, lets others wait, and stops in the middle', async () => {
    const first = await train({ ...ENDLESS, model_name: 'endless' });
    const second = await train({ ...ENDLESS, model_name: 'waiting' });
    const seen: number[] = [];
    await lab.until(first.body.href, ({ progress }) => seen.push(progress) > 0 && new Set(seen).size > 2, 60_000);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect((await lab.call('GET', second.body.href)).body.status).toBe('queued');
    for (const { body } of [second, first]) expect((await lab.call('POST', `${body.href}/cancel`)).status).toBe(202);
    for (const answer of [first, second]) expect((await trained(answer)).status).toBe('cancelled');
    expect((await lab.call('GET', '/models/endless')).status).toBe(404);
  });

  it('lists what can be trained, with every parameter', async () => {
    const { body } = await lab.call('GET', '/api/v1/estimators');
    expect(body.total).toBe(body.items.length);
    const forest = body.items.find(({ name }: { name: string }) => name === 'random_forest');
    expect(forest.problems).toEqual(['regression', 'classification']);
    expect(forest.params).toContainEqual({
      name: 'n_trees',
      type: 'integer',
      default: 100,
      range: { minimum: 1, maximum: 2000 },
      description: expect.any(String),
    });
    for (const { params } of body.items) {
      for (const { type, description } of params) expect([type, description]).not.toContain('');
    }
  });

  describe('refuses at once', () => {
    it.each<[string, object, number, string, RegExp]>([
      ['nothing', {}, 400, 'INVALID_INPUT', /estimator/],
      ['an unknown field', { ...FOREST, target: 'price', colour: 1 }, 400, 'INVALID_INPUT', /colour/],
      ['a feature named twice', { ...FOREST, target: 'price', features: ['area', 'area'] }, 400, 'INVALID_INPUT', /twice/],
      [
        'a share of nothing',
        { ...FOREST, target: 'price', validation: { by: 'random', share: 0 } },
        400,
        'INVALID_INPUT',
        /share/,
      ],
      ['no target and no problem', FOREST, 400, 'INVALID_INPUT', /target/],
      ['a dataset that no text can name', { ...FOREST, dataset: '\0', target: 'price' }, 400, 'INVALID_INPUT', /NUL/],
      ['an unknown dataset', { ...FOREST, dataset: 'gold.castles', target: 'price' }, 404, 'DATASET_NOT_FOUND', /castles/],
      ['an unknown version', { ...FOREST, dataset_version: 9, target: 'price' }, 404, 'VERSION_NOT_FOUND', /version 9/],
      ['an unknown target', { ...FOREST, target: 'worth' }, 422, 'COLUMN_NOT_FOUND', /"worth".*It has: id, area/],
      ['an unknown feature', { ...FOREST, target: 'price', features: ['garden'] }, 422, 'COLUMN_NOT_FOUND', /"garden"/],
      ['an unknown estimator', { ...FOREST, estimator: 'oracle', target: 'price' }, 422, 'UNKNOWN_ESTIMATOR', /random_forest/],
      [
        'a parameter out of its range',
        { ...FOREST, target: 'price', params: { n_trees: 0 } },
        422,
        'INVALID_PARAMETERS',
        /1 to 2000/,
      ],
      [
        'a class for a line',
        { ...FOREST, target: 'dear', estimator: 'linear_regression', params: {} },
        422,
        'WRONG_PROBLEM',
        /linear_regression/,
      ],
      ['a sample of too few rows', { ...FOREST, target: 'price', sample: { rows: 2 } }, 422, 'TOO_FEW_ROWS', /^2 row/],
      [
        'a name of the other kind',
        { ...FOREST, target: 'dear', model_name: 'house_price' },
        409,
        'MODEL_TYPE_CONFLICT',
        /house_price/,
      ],
    ])('%s', async (_what, body, status, code, words) => {
      expect(await train(body)).toMatchObject({ status, body: { code, detail: expect.stringMatching(words) } });
    });

    it.each(['?model_type=classification', '?model_type=clustering&model_name=k_means', '?model_name='])(
      'the query %s',
      async (query) => {
        expect(await train(undefined, query)).toMatchObject({ status: 400, body: { code: 'INVALID_INPUT' } });
      },
    );

    it('a request in the body and in the query', async () => {
      const answer = await train({ ...FOREST, target: 'price' }, '?model_type=regression&model_name=baseline');
      expect(answer).toMatchObject({ status: 400, body: { detail: expect.stringContaining('not in both') } });
    });

    it('everybody below an engineer', async () => {
      await lab.call('POST', '/api/v1/users', { username: 'ana', password: 'a long password', role: 'analyst' });
      const authorization = `Bearer ${await lab.login('ana', 'a long password')}`;
      expect((await lab.request('POST', '/train', { ...FOREST, target: 'price' }, { authorization })).status).toBe(403);
      expect((await lab.request('GET', '/api/v1/estimators', undefined, { authorization })).status).toBe(200);
    });
  });

  it('does not serve a model whose file was changed, and goes on serving the others', async () => {
    await trained(await train({ ...FOREST, target: 'price', model_name: 'damaged' }));
    const file = join(folder, 'models/damaged/1/model.bin');
    const bytes = await readFile(file);
    bytes[bytes.length - 1] ^= 1;
    await writeFile(file, bytes);
    const answer = await lab.call('POST', '/predict', { model_name: 'damaged', records: [A_HOUSE] });
    expect(answer).toMatchObject({ status: 503, body: { code: 'MODEL_DAMAGED', detail: expect.stringContaining('restore it') } });
    expect((await lab.call('POST', '/predict', { model_name: 'house_price', records: [A_HOUSE] })).status).toBe(200);
  });

  it('keeps the version in production from being deleted', async () => {
    expect(await lab.call('DELETE', '/models/house_price/versions/1')).toMatchObject({
      status: 409,
      body: { code: 'MODEL_VERSION_IN_USE' },
    });
  });
});
