import { createHmac } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import pg from 'pg';
import { aLabFolder, type Answer, Lab, removeFolder } from '../fixtures/lab.js';
import { aWorkspace } from '../fixtures/workspace.js';

const RUNS = '/api/v1/pipelines/houses/runs';
const A_HOUSE = { area: 100, town: 'Porto' };

const PUBLISHED = `/*---
name: gold.house_training
description: What is known of a house, and its price
keys: [id]
targets: [price, dear]
publish: { key: [id], indexes: [[town]] }
---*/
select id, area, town, price, price > 120000 as dear from silver.houses
`;

const isOver = (run: Answer['body']): boolean => ['succeeded', 'failed', 'cancelled', 'skipped'].includes(run.status);
const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');

/** What the server says to the head of a request alone. */
function answerTo(url: string, head: readonly string[]): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(Number(port), hostname, () =>
      socket.write([...head, `host: ${hostname}`, 'connection: close', '', ''].join('\r\n')),
    );
    socket.on('data', (chunk: Buffer) => (answer += String(chunk)));
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
  });
}

/** One lab with a small workspace, asked for what it should refuse. */
describe('a lab with houses', () => {
  let folder: string;
  let workspace: string;
  let lab: Lab;

  beforeAll(async () => {
    folder = await aLabFolder();
    workspace = await aWorkspace(folder, { 'transforms/gold/house_training.sql': PUBLISHED });
    lab = await Lab.start(folder, { WORKSPACE_DIR: workspace });
    const { body } = await lab.call('POST', RUNS, {});
    const run = await lab.until(body.href, isOver);
    if (run.status !== 'succeeded') throw new Error(JSON.stringify(run));
  });
  afterAll(async () => {
    await lab?.stop();
    await removeFolder(folder);
  });

  const predict = (body: unknown) => lab.call('POST', '/predict', body);

  it('has run what its workspace says', async () => {
    const { body } = await lab.call('POST', '/predict', { records: [A_HOUSE] });
    expect(body.predictions[0]).toBeGreaterThan(90_000);
    expect(body.predictions[0]).toBeLessThan(150_000);
    const silver = await lab.call('GET', '/api/v1/datasets/silver.houses');
    expect(silver.body.rows).toBe(400);
  });

  it('has what it published where BI tools find it, and lets them read that alone', async () => {
    const { body } = await lab.call('GET', '/api/v1/warehouse');
    const { host, port, database, role } = body;
    expect(body.tables).toEqual([expect.objectContaining({ dataset: 'gold.house_training', version: 0, rows: 400 })]);
    const password = await readFile(join(folder, 'data/bi-password'), 'utf8');
    const client = new pg.Client({ host, port, database, user: role, password });
    await client.connect();
    const { rows } = await client.query('select town, count(*)::int as houses from house_training group by town order by town');
    expect(rows.map(({ houses }) => Number(houses))).toEqual([100, 100, 100, 100]);
    await client.query('set default_transaction_read_only = off');
    for (const sql of [
      'select * from lab.users',
      'create temp table mine (id int)',
      'select lo_create(0)',
      'create table mine ()',
    ]) {
      await expect(client.query(sql)).rejects.toThrow('permission denied');
    }
    await client.end();
    const elsewhere = new pg.Client({ host, port, database: 'postgres', user: role, password });
    await expect(elsewhere.connect()).rejects.toThrow('permission denied');
    const published = await lab.call('POST', '/api/v1/warehouse/publish', { datasets: ['gold.house_training'] });
    expect(await lab.until(published.body.href, isOver)).toMatchObject({ status: 'succeeded', result: { skipped: true } });
    const refused = await lab.call('POST', '/api/v1/warehouse/publish', { datasets: ['gold.castles'] });
    expect([refused.status, refused.body.code]).toEqual([404, 'PUBLICATION_NOT_DECLARED']);
  });

  it('tells where its rows came from and went, and what stands in them', async () => {
    const { body: lineage } = await lab.call('GET', '/api/v1/datasets/silver.houses/lineage');
    expect(lineage.nodes.map((node: { kind: string }) => node.kind).sort()).toEqual([
      ...['dataset', 'dataset', 'dataset', 'file', 'model_version', 'training_run', 'warehouse_table'],
    ]);
    const { body: profile } = await lab.call('GET', '/api/v1/datasets/silver.houses/profile');
    expect(profile).toMatchObject({ rows: 400, exact: true });
    expect(profile.columns[0]).toMatchObject({ name: 'id', distinct: 400, min: '1', max: '400', nulls: 0 });
    for (const path of ['gold.castles/lineage', 'gold.castles/profile', 'silver.houses/profile?version=7']) {
      expect((await lab.call('GET', `/api/v1/datasets/${path}`)).status).toBe(404);
    }
  });

  describe('refuses to predict', () => {
    it.each([
      ['an unknown model', { model_name: 'castle_price', records: [A_HOUSE] }, 404, 'MODEL_NOT_FOUND', /castle_price/],
      ['an unknown version', { model_name: 'house_price', version: 9, records: [A_HOUSE] }, 404, 'MODEL_VERSION_NOT_FOUND', /9/],
      ['an unknown column', { records: [{ ...A_HOUSE, garden: 1 }] }, 422, undefined, /garden/],
      ['a missing column', { records: [{ area: 100 }] }, 422, undefined, /town/],
      ['a word where a number belongs', { records: [{ ...A_HOUSE, area: 'large' }] }, 400, undefined, /area/],
      ['too few columns', { features: [[100]] }, 422, 'FEATURE_MISMATCH', /"area", "town"/],
      ['no rows', { records: [] }, 400, 'INVALID_INPUT', /records/],
      ['an empty body', {}, 400, 'INVALID_INPUT', /features|records/],
      ['NaN as a word', { features: [['NaN', 'Porto']] }, 400, undefined, /NaN|area/],
    ])('with %s', async (_what, body, status, code, words) => {
      const answer = await predict(body);
      expect(answer).toMatchObject({
        status,
        body: {
          status,
          ...(code ? { code } : {}),
          detail: expect.stringMatching(words),
          message: answer.body.detail,
          instance: '/predict',
        },
      });
      expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    });

    it('with a body that is not JSON', async () => {
      expect(await predict('{"records": [')).toMatchObject({ status: 400, body: { code: 'INVALID_REQUEST' } });
    });

    it('with a body beyond the limit, before it is sent', async () => {
      const head = await answerTo(lab.url, [
        'POST /predict HTTP/1.1',
        'content-type: application/json',
        `content-length: ${33 * 1024 * 1024}`,
      ]);
      expect(head).toMatch(/^HTTP\/1\.1 413 [\s\S]*application\/problem\+json[\s\S]*BODY_TOO_LARGE/);
    });
  });

  describe('lets nobody in', () => {
    const ask = (token: string) => lab.request('GET', '/models', undefined, { authorization: `Bearer ${token}` });
    const claims = () => ({
      sub: 'admin',
      role: 'admin',
      typ: 'access',
      iat: Math.floor(Date.now() / 1000),
      exp: Math.floor(Date.now() / 1000) + 600,
    });
    const signed = (payload: object, secret: Buffer | string): string => {
      const text = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(payload)}`;
      return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
    };
    const secret = () => readFile(join(folder, 'data/jwt-secret'), 'utf8').then((text) => text.trim());

    it('without a token', async () => {
      const answer = await lab.request('GET', '/models');
      expect(answer).toMatchObject({ status: 401, body: { status: 401, code: expect.any(String) } });
      expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/);
    });

    it('with a token that somebody else signed', async () => {
      expect((await ask(signed(claims(), 'another secret of thirty-two bytes'))).status).toBe(401);
    });

    it('with a token that nobody signed', async () => {
      expect((await ask(`${encode({ alg: 'none', typ: 'JWT' })}.${encode(claims())}.`)).status).toBe(401);
    });

    it('with a token whose time is over', async () => {
      expect((await ask(signed({ ...claims(), exp: Math.floor(Date.now() / 1000) - 60 }, await secret()))).status).toBe(401);
    });

    it('with a refresh token in place of an access token', async () => {
      const { body } = await lab.request('POST', '/api/v1/auth/login', { username: 'admin', password: 'admin' });
      expect((await ask(body.refresh_token)).status).toBe(401);
    });

    it('with the wrong password, in the words for an unknown user', async () => {
      const [wrong, unknown] = await Promise.all(
        ['admin', 'nobody'].map((username) =>
          lab.request('POST', '/api/v1/auth/login', { username, password: 'wrong password' }),
        ),
      );
      expect([wrong.status, unknown.status]).toEqual([401, 401]);
      expect(wrong.body.detail).toBe(unknown.body.detail);
    });
  });

  it('says what is not there', async () => {
    expect(await lab.call('GET', '/api/v1/datasets/gold.castles')).toMatchObject({
      status: 404,
      body: { code: 'DATASET_NOT_FOUND' },
    });
    expect(await lab.call('GET', '/api/v1/datasets/gold.house_training/preview?version=7')).toMatchObject({
      status: 404,
      body: { code: 'VERSION_NOT_FOUND' },
    });
    expect(await lab.call('GET', '/api/v1/castles')).toMatchObject({ status: 404, body: { code: 'ROUTE_NOT_FOUND' } });
    expect(await lab.call('GET', '/api/v1/runs/not-an-id')).toMatchObject({
      status: expect.any(Number),
      body: { code: expect.any(String) },
    });
  });

  it('fails a run whose source file is gone, with a sentence, and keeps what was there', async () => {
    const csv = await readFile(join(workspace, 'houses.csv'));
    await rm(join(workspace, 'houses.csv'));
    const { body } = await lab.call('POST', RUNS, {});
    const run = await lab.until(body.href, isOver);
    expect(run.status).toBe('failed');
    expect(run.tasks[0].error).toContain('finds no file at "houses.csv"');
    expect((await lab.call('GET', '/api/v1/datasets/bronze.houses')).body.rows).toBe(402);
    expect(csv.length).toBeGreaterThan(0);
  });

  it('gives every answer the id of its request', async () => {
    const answer = await lab.request('GET', '/health', undefined, { 'x-request-id': 'mine-1' });
    expect(answer.headers.get('x-request-id')).toBe('mine-1');
    const own = await lab.request('GET', '/nowhere');
    expect(own.body.request_id).toBe(own.headers.get('x-request-id'));
  });

  it('shows Prometheus the time of requests by route', async () => {
    await lab.call('GET', '/api/v1/datasets/bronze.houses');
    const { body, headers } = await lab.request('GET', '/metrics');
    expect(headers.get('content-type')).toMatch(/^text\/plain/);
    expect(body).toMatch(
      /http_request_duration_seconds_count\{method="GET",route="\/api\/v1\/datasets\/:name",status="200"\} \d+/,
    );
    expect(body).toMatch(/process_resident_memory_bytes \d+/);
    expect(body).not.toContain('/api/v1/castles');
  });

  it('tells how it is', async () => {
    expect((await lab.request('GET', '/health')).body).toMatchObject({
      status: 'healthy',
      parts: { database: { status: 'healthy' }, sql: { status: 'healthy' } },
    });
    expect((await lab.request('GET', '/api/v1/health')).body).toMatchObject({ status: 'ok', message: 'API is operational' });
    expect((await lab.request('GET', '/health/ready')).status).toBe(200);
  });

  it('sends a browser to Swagger UI, which asks no other host for anything', async () => {
    const home = await lab.request('GET', '/', undefined, { accept: 'text/html' });
    expect([home.status, home.headers.get('location')]).toEqual([302, '/docs']);
    const page = await lab.request('GET', '/docs');
    expect(page.status).toBe(200);
    expect(String(page.body)).not.toMatch(/(src|href)="(https?:)?\/\//);
    expect((await lab.request('GET', '/')).body).toMatchObject({ status: 'ok', version: expect.any(String) });
  });
});
