import { readFile } from 'node:fs/promises';
import { aLabFolder, type Answer, Lab, removeFolder } from '../fixtures/lab.js';

const RUNS = '/api/v1/pipelines/flights/runs';
const FRIDAY_EVENING = { distance: 337, hour: 18, weekday: 5, month: 2, origin: 'SFO', destination: 'LAX', origin_lateness: 60 };
const EARLY_TUESDAY = { ...FRIDAY_EVENING, hour: 13, weekday: 2, month: 5, origin_lateness: -5 };

const taskOf = (run: Answer['body'], name: string) => run.tasks.find((task: { name: string }) => task.name === name);
const isOver = (run: Answer['body']): boolean => ['succeeded', 'failed', 'cancelled', 'skipped'].includes(run.status);

/** Whether a table is in the list of datasets. */
const has =
  (name: string) =>
  ({ items }: Answer['body']): boolean =>
    items.some((dataset: { name: string }) => dataset.name === name);

/** The whole path with the three million flights: one lab, started on an empty folder, killed on the way, and asked by its users. */
describe('flights, from a file to a prediction', () => {
  let folder: string;
  let lab: Lab;
  let firstRun: Answer['body'];

  /** What was seen of the run on its way. */
  const seen: Record<'afterKill' | 'afterCancel', Answer['body']> = { afterKill: undefined, afterCancel: undefined };

  beforeAll(async () => {
    folder = await aLabFolder({ empty: true });
    const doomed = await Lab.start(folder, { SAMPLES: 'on' });
    await doomed.until('/api/v1/datasets', has('bronze.flights'));
    await doomed.kill();

    lab = await Lab.start(folder, { SAMPLES: 'on' });
    await lab.until('/api/v1/datasets', has('silver.flights'));
    const { items } = (await lab.call('GET', RUNS)).body;
    const run = `/api/v1/runs/${items[0].id}`;
    seen.afterKill = (await lab.call('GET', run)).body;
    await lab.call('POST', `${run}/cancel`);
    seen.afterCancel = await lab.until(run, isOver);

    await lab.call('POST', `${run}/retry`);
    firstRun = await lab.until(run, isOver);
  }, 400_000);

  afterAll(async () => {
    await lab?.stop();
    await removeFolder(folder);
  });

  const get = async (path: string): Promise<Answer['body']> => (await lab.call('GET', path)).body;
  const predict = async (body: object): Promise<Answer['body']> => (await lab.call('POST', '/predict', body)).body;

  it('resumes the run that a kill interrupted', async () => {
    expect(seen.afterKill).toMatchObject({ pipeline: 'flights', status: 'running' });
    expect(['succeeded', 'skipped']).toContain(taskOf(seen.afterKill, 'load_flights').status);
  });

  it('stops the work of a run that is cancelled', () => {
    expect(seen.afterCancel.status).toBe('cancelled');
    expect(taskOf(seen.afterCancel, 'train_late').status).not.toBe('succeeded');
  });

  it('finishes the run when it is taken up again, and there was never another', async () => {
    expect(firstRun.status).toBe('succeeded');
    expect((await get(RUNS)).total).toBe(1);
  });

  it('keeps what the run had to say', async () => {
    const { items } = await get(`/api/v1/runs/${firstRun.id}/logs?limit=1000`);
    expect(items.map(({ message }: { message: string }) => message).join('\n')).toMatch(/gold\.routes: [\d,]+ rows in/);
  });

  it('keeps the rows as received, each once, with where they came from', async () => {
    expect(await get('/api/v1/datasets/bronze.flights')).toMatchObject({ layer: 'bronze', rows: 3_000_000, version: 0 });
    const { rows } = await get('/api/v1/datasets/bronze.flights/preview?limit=1');
    expect(rows).toEqual([
      {
        date: expect.stringMatching(/^2001-.*Z$/),
        delay: expect.any(Number),
        distance: expect.any(Number),
        origin: expect.stringMatching(/^[A-Z]{3}$/),
        destination: expect.stringMatching(/^[A-Z]{3}$/),
        _ingested_at: expect.stringMatching(/^20.*Z$/),
        _source: 'flights-3m.parquet',
        _batch: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
    ]);
  });

  it('refines them: typed, without duplicates, checked, joined with the airports', async () => {
    const { rows, columns } = await get('/api/v1/datasets/silver.flights');
    expect(rows).toBeLessThan(2_999_810);
    expect(rows).toBeGreaterThan(2_999_000);
    expect(columns.map(({ name }: { name: string }) => name)).toEqual(
      expect.arrayContaining(['departure', 'origin_city', 'destination_state']),
    );
    const { items } = await get('/api/v1/datasets/silver.flights/quality');
    expect(items).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          expectation: 'between',
          columns: ['delay'],
          severity: 'quarantine',
          status: 'failed',
          failed_rows: 3,
        }),
      ]),
    );
  });

  it('sums them up by route and hour', async () => {
    const { rows, columns, version } = await get('/api/v1/datasets/gold.routes/preview?limit=3');
    expect(columns.map(({ name }: { name: string }) => name)).toEqual([
      'origin',
      'destination',
      'hour',
      'flights',
      'mean_delay',
      'p90_delay',
      'share_late',
    ]);
    expect([rows.length, version]).toEqual([3, 0]);
    const versions = await get('/api/v1/datasets/gold.routes/versions');
    expect(versions.items).toEqual([
      expect.objectContaining({ version: 0, run_id: firstRun.id, inputs: [{ name: 'silver.flights', version: 0 }] }),
    ]);
    const quality = await get('/api/v1/datasets/gold.routes/quality');
    expect(quality.items.every(({ status }: { status: string }) => status === 'passed')).toBe(true);
  });

  it('draws a training set whose header says what is what', async () => {
    expect(await get('/api/v1/datasets/gold.delay_training')).toMatchObject({
      rows: 200_000,
      targets: ['delay', 'late'],
      time: 'departure',
    });
  });

  it('serves models that are better than their baselines, and not suspiciously good', async () => {
    const { models } = await get('/models');
    expect(models).toEqual(['flights_delay', 'flights_late']);
    const late = (await get('/models/flights_late')).versions[0];
    expect(late.metrics.roc_auc).toBeGreaterThan(0.68);
    expect(late.metrics.roc_auc).toBeLessThan(0.72);
    expect(late.metrics.log_loss).toBeLessThan(late.baseline_metrics.log_loss - 0.03);
    const delay = await get('/models/flights_delay');
    expect(delay.aliases).toEqual({ production: '1' });
    expect(delay.versions[0].metrics.rmse).toBeLessThan(delay.versions[0].baseline_metrics.rmse - 2);
    expect(delay.versions[0].dataset).toEqual({ name: 'gold.delay_training', version: 0 });
  });

  it('predicts lateness when no model is named, and sees the difference between a bad and a good time to fly', async () => {
    const answer = await predict({ records: [FRIDAY_EVENING, EARLY_TUESDAY] });
    expect(answer).toMatchObject({
      classes: [false, true],
      model: { name: 'flights_late', version: '1', type: 'classification' },
    });
    const [evening, morning] = answer.probabilities.map(([, late]: number[]) => late);
    expect(evening).toBeGreaterThan(morning + 0.1);
  });

  it('predicts minutes from a matrix as from records', async () => {
    const records = await predict({ model_name: 'flights_delay', records: [FRIDAY_EVENING] });
    const matrix = await predict({ model_name: 'flights_delay', features: [Object.values(FRIDAY_EVENING)] });
    expect(matrix).toEqual(records);
    expect(records).toMatchObject({
      predictions: [expect.any(Number)],
      probabilities: null,
      model: { name: 'flights_delay', type: 'regression' },
    });
  });

  it('does nothing again when nothing has changed', async () => {
    const { status, body } = await lab.call('POST', RUNS, {});
    expect(status).toBe(202);
    const run = await lab.until(body.href, isOver);
    expect(run.tasks.map(({ status: of }: { status: string }) => of)).toEqual([
      'skipped',
      'skipped',
      'skipped',
      'skipped',
      'skipped',
    ]);
    expect((await get('/models/flights_late')).versions).toHaveLength(1);
    expect((await get('/api/v1/datasets/bronze.flights')).rows).toBe(3_000_000);
  });

  it('keeps everything over a stop and a start, and trains nothing again', async () => {
    expect(await lab.stop()).toBe(0);
    lab = await Lab.start(folder, { SAMPLES: 'on' });
    expect((await get('/models')).total).toBe(2);
    expect((await get(RUNS)).total).toBe(2);
    expect((await predict({ records: [FRIDAY_EVENING] })).model.version).toBe('1');
    expect(taskOf(firstRun, 'train_late')).toMatchObject({ uses: 'training.train', status: 'succeeded' });
  });

  it('refines the sales of the tutorial to exact totals', async () => {
    const { body } = await lab.call('POST', '/api/v1/pipelines/vendas/runs', {});
    expect((await lab.until(body.href, isOver)).status).toBe('succeeded');
    const { rows } = await get('/api/v1/datasets/gold.vendas_totais/preview?limit=100');
    expect(rows.map(({ categoria, regiao, total }: Answer['body']) => [`${categoria} ${regiao}`, total])).toEqual(
      Object.entries(await totalsOfSales()).sort(([, one], [, other]) => Number(other) - Number(one)),
    );
  });

  it('finds what is unusual in the prices of stocks', async () => {
    const { body } = await lab.call('POST', '/api/v1/pipelines/stocks/runs', {});
    expect((await lab.until(body.href, isOver)).status).toBe('succeeded');
    const { rows } = await get('/api/v1/datasets/gold.index_days/preview?limit=1');
    expect(rows).toEqual([
      expect.objectContaining({ highest: 1478, lowest: 1438.359985, volume: 931_800_000, volatility: 'low' }),
    ]);
    expect((await get('/api/v1/datasets/gold.stock_years')).rows).toBe(51);
  });

  it('answers the example of SQL as it stands in Swagger, and tells nothing of the machine', async () => {
    const { components } = await get('/docs-json');
    const { status, body } = await lab.call('POST', '/api/v1/sql', components.schemas.SqlRequest.example);
    expect([status, body.row_count, body.truncated]).toEqual([200, 10, true]);
    const spying = await lab.call('POST', '/api/v1/sql', { sql: "SELECT current_setting('allowed_paths') FROM gold.routes" });
    expect([spying.status, spying.body.code]).toEqual([403, 'SQL_FORBIDDEN']);
    expect(JSON.stringify(spying.body)).not.toContain(folder);
  });

  it('answers every example of a reading route as it stands in Swagger', async () => {
    const { paths, components } = await get('/docs-json');
    await lab.call('POST', '/api/v1/topics', components.schemas.NewTopic.example);
    const broken: string[] = [];
    for (const [path, operations] of Object.entries<Answer['body']>(paths)) {
      // Nobody knows the id of what a call has yet to make.
      if (!operations.get || path.includes('{id}') || LEARNING_LOOP.test(path)) continue;
      if (operations.get.responses[200].content?.['text/event-stream']) continue;
      const filled = fillIn(path, operations.get.parameters ?? []);
      let { status } = await lab.call('GET', filled);
      // One that does not answer without a question is asked that of its example.
      if (status === 400) ({ status } = await lab.call('GET', `${filled}?${questionOf(operations.get.parameters)}`));
      if (status !== 200) broken.push(`${filled}: ${status}`);
    }
    expect(broken).toEqual([]);
  });
});

/** Reckoned from the file by itself, in cents. */
async function totalsOfSales(): Promise<Record<string, string>> {
  const lines = (await readFile('workspace/samples/vendas.csv', 'utf8')).trim().split('\n').slice(1);
  const cents: Record<string, number> = {};
  for (const line of new Set(lines)) {
    const [, categoria, regiao, valor] = line.split(',').map((field) => field.trim());
    if (Number(valor) > 0) {
      cents[`${categoria} ${regiao}`] = (cents[`${categoria} ${regiao}`] ?? 0) + Math.round(Number(valor) * 100);
    }
  }
  return Object.fromEntries(Object.entries(cents).map(([name, sum]) => [name, (sum / 100).toFixed(2)]));
}

/** It is off until asked for. */
const LEARNING_LOOP = /^\/(stream|api\/v1\/streams\/loop)\//;

/** The path with the examples of its parameters. */
function fillIn(path: string, parameters: Answer['body'][]): string {
  const examples = new Map(
    parameters
      .filter((parameter) => parameter.in === 'path')
      .map(({ name, example, schema }) => [name, example ?? schema?.example]),
  );
  return path.replaceAll(/\{(\w+)\}/g, (_whole, name: string) => encodeURIComponent(String(examples.get(name))));
}

/** The examples of the parameters that stand behind the path. */
const questionOf = (parameters: Answer['body'][]): string =>
  new URLSearchParams(
    parameters
      .filter(({ in: place }) => place === 'query')
      .map(({ name, example, schema }): [string, string] => [name, String(example ?? schema?.example ?? '')])
      .filter(([, example]) => example !== ''),
  ).toString();
