import { aLabFolder, type Answer, Lab, removeFolder } from '../fixtures/lab.js';
import { aWorkspace } from '../fixtures/workspace.js';
import { S3Server } from './servers/s3-server.js';

const A_HOUSE = { area: 100, town: 'Porto' };
const TRAINING = { dataset: 'gold.house_training', target: 'price', estimator: 'random_forest', params: { n_trees: 20 } };

const isOver = (work: Answer['body']): boolean => ['succeeded', 'failed', 'cancelled'].includes(work.status);

/** One story from the first start to the last. */
describe('the lab with its tables and models in S3', () => {
  let server: S3Server;
  let folder: string;
  let lab: Lab | undefined;
  let environment: Record<string, string>;

  beforeAll(async () => {
    server = await S3Server.start();
    folder = await aLabFolder();
    const workspace = await aWorkspace(folder, {});
    environment = { WORKSPACE_DIR: workspace, ...server.settings('lab'), MODELS_URL: 's3://lab/models' };
  }, 600_000);
  afterAll(async () => {
    await lab?.stop();
    await server?.stop();
    await removeFolder(folder);
  });

  const running = (): Lab => lab!;
  const work = async ({ body }: Answer): Promise<Answer['body']> => running().until(body.href, isOver);
  const rowsOf = async (dataset: string): Promise<number> =>
    (await running().call('GET', `/api/v1/datasets/${dataset}`)).body.rows;

  it('does not start while S3 is away, and says what to look at', async () => {
    const nobody = { ...environment, S3_ENDPOINT: 'http://127.0.0.1:1' };
    const { code, output } = await Lab.startAndEnd(folder, nobody);
    expect([code, output]).toEqual([1, expect.stringMatching(/s3:\/\/lab\/\S+ does not answer: .*ECONNREFUSED.*S3_ENDPOINT/)]);
    expect(output).not.toMatch(/\n\s+at /);
  });

  it('loads, refines, trains and predicts there', async () => {
    lab = await Lab.start(folder, environment);
    expect(await work(await lab.call('POST', '/api/v1/pipelines/houses/runs', {}))).toMatchObject({ status: 'succeeded' });
    expect(await work(await lab.call('POST', '/train', { ...TRAINING, model_name: 'bucket' }))).toMatchObject({
      status: 'succeeded',
    });
    const { body } = await lab.call('POST', '/predict', { model_name: 'bucket', records: [A_HOUSE] });
    expect(body.predictions[0]).toBeGreaterThan(50_000);
    expect(await rowsOf('silver.houses')).toBe(400);
  });

  it('has all of it again after kill -9, on a machine without a disk of its own', async () => {
    await running().kill();
    await removeFolder(`${folder}/data/lake-cache`);
    await removeFolder(`${folder}/data/models-cache`);
    lab = await Lab.start(folder, environment);
    expect(await rowsOf('silver.houses')).toBe(400);
    const { body } = await lab.call('GET', '/api/v1/datasets/silver.houses/preview?limit=5');
    expect(body.rows).toHaveLength(5);
    const answer = await lab.call('POST', '/predict', { model_name: 'bucket', records: [A_HOUSE] });
    expect(answer.body.predictions[0]).toBeGreaterThan(50_000);
  });

  it('answers SQL and gives whole tables from there, of any version', async () => {
    const asked = await running().call('POST', '/api/v1/sql', {
      sql: 'SELECT count(*) AS n FROM silver.houses',
      as_of: { 'silver.houses': 0 },
    });
    expect([asked.status, asked.body.rows]).toEqual([200, [{ n: 400 }]]);
    const { status, body } = await running().call('GET', '/api/v1/datasets/silver.houses/download?format=json');
    expect([status, body.length]).toEqual([200, 400]);
  });

  it('says that S3 is away, and is well again by itself', async () => {
    await server.kill();
    const health = await running().until('/health', ({ parts }) => parts.lake.status === 'unhealthy');
    expect(health.status).toBe('unhealthy');
    await server.startAgain();
    await running().until('/health', ({ status }) => status === 'healthy');
  });
});
