import { setTimeout as sleep } from 'node:timers/promises';
import { aGate, aPipeline, PipelineLab } from '../../test/fixtures/pipelines.js';
import { openTestDatabase } from '../../test/fixtures/postgres.js';
import { RunLogFeed } from './history/run-log-feed.js';
import { PipelineDetail, PipelinePage } from './pipeline-view.schema.js';
import { Run, RunAccepted, RunLogPage, RunPage } from './run.schema.js';

const UNKNOWN = '00000000-0000-4000-8000-000000000000';

describe('the routes of pipelines', () => {
  let database: { url: string; close(): Promise<void> };
  let lab: PipelineLab;
  beforeAll(async () => {
    database = await openTestDatabase();
    const pipelines = [
      aPipeline(
        'flights',
        { load: {}, refine: { needs: ['load'], retries: 2 } },
        { schedule: '0 4 * * *', description: 'Flights' },
      ),
      aPipeline(
        'other',
        { a: { uses: 'spec.load', with: { source: '${params.source}', rows: '${params.rows}' } } },
        { params: { source: { type: 'text' }, rows: { type: 'integer', default: 5 } } },
      ),
    ];
    lab = await PipelineLab.open(database.url, { pipelines });
  });
  afterAll(async () => {
    await lab.close();
    await database.close();
  });
  beforeEach(() => lab.work('load', async () => ({ rows: 3 })));

  const get = (url: string) => lab.app.inject({ method: 'GET', url: `/api/v1${url}` });
  const send = (method: 'POST' | 'PUT', url: string, payload: object = {}) =>
    lab.app.inject({ method, url: `/api/v1${url}`, payload });
  const trigger = async (): Promise<string> => (await send('POST', '/pipelines/flights/runs')).json<RunAccepted>().id;

  it('triggers a run, says where to look, and shows it when it is over', async () => {
    const answer = await lab.app.inject({ method: 'POST', url: '/api/v1/pipelines/flights/runs' });
    expect(answer.statusCode).toBe(202);
    const { id, href } = RunAccepted.parse(answer.json());
    expect([href, (await lab.end(id)).status]).toEqual([`/api/v1/runs/${id}`, 'succeeded']);
    const run = Run.parse((await lab.app.inject({ method: 'GET', url: href })).json());
    expect(run).toMatchObject({
      pipeline: 'flights',
      trigger: 'manual',
      params: {},
      tasks: [
        { name: 'load', uses: 'spec.work', status: 'succeeded', attempts: 1, rows: 3, result: { rows: 3 } },
        { name: 'refine', status: 'succeeded' },
      ],
    });
  });

  it('lists the pipelines with when they run next and how they ran last', async () => {
    const id = await trigger();
    await lab.end(id);
    const page = PipelinePage.parse((await get('/pipelines')).json());
    expect(page).toMatchObject({
      total: 2,
      items: [
        { name: 'flights', enabled: true, last_run: { id, status: 'succeeded' } },
        { name: 'other', schedule: null, next_run_at: null, last_run: null },
      ],
    });
    expect(page.items[0].next_run_at).toMatch(/T04:00:00\.000Z$/);
  });

  it('shows the definition of one', async () => {
    expect(PipelineDetail.parse((await get('/pipelines/flights')).json())).toMatchObject({
      description: 'Flights',
      concurrency: 1,
      tasks: [{ name: 'load' }, { name: 'refine', needs: ['load'], retries: 2, retry_delay_seconds: 5, timeout_minutes: null }],
    });
  });

  it('lists runs newest first, by state when asked', async () => {
    lab.work('load', () => Promise.reject(new Error('no lake')));
    const failed = await trigger();
    await lab.end(failed);
    lab.work('load', async () => undefined);
    const succeeded = await trigger();
    await lab.end(succeeded);
    const newest = RunPage.parse((await get('/pipelines/flights/runs?limit=2')).json());
    expect(newest.items.map(({ id }) => id)).toEqual([succeeded, failed]);
    const failures = RunPage.parse((await get('/pipelines/flights/runs?status=failed')).json());
    expect(failures).toMatchObject({ total: 1, items: [{ id: failed, error: '"load" failed: no lake' }] });
  });

  it('gives a run its parameters', async () => {
    const answer = await send('POST', '/pipelines/other/runs', { params: { source: 'books' } });
    const run = await lab.end(answer.json<RunAccepted>().id);
    expect(run).toMatchObject({ params: { source: 'books', rows: 5 }, tasks: [{ result: { source: 'books', rows: 5 } }] });
  });

  it.each([
    [{}, 400, 'INVALID_INPUT', /^params\.source: /],
    [{ source: 'books', rows: 'many' }, 400, 'INVALID_INPUT', /^params\.rows: /],
    [{ source: 'books', row: 3 }, 400, 'INVALID_INPUT', /"row"/],
    [
      { source: 'books', rows: 0 },
      422,
      'PARAMETERS_DO_NOT_FIT',
      /The task "a" does not take these parameters: rows: must be at least 1/,
    ],
  ])('refuses the parameters %j with %i %s', async (params, status, code, detail) => {
    const answer = await send('POST', '/pipelines/other/runs', { params });
    expect([answer.statusCode, answer.json()]).toEqual([
      status,
      expect.objectContaining({ code, detail: expect.stringMatching(detail) }),
    ]);
  });

  it('switches a schedule off and on', async () => {
    const off = await send('PUT', '/pipelines/flights/enabled', { enabled: false });
    expect([off.statusCode, off.json()]).toEqual([200, expect.objectContaining({ enabled: false, next_run_at: null })]);
    const on = await send('PUT', '/pipelines/flights/enabled', { enabled: true });
    expect(on.json()).toMatchObject({ enabled: true, next_run_at: expect.any(String) });
  });

  it('cancels and retries a run', async () => {
    const gate = aGate();
    lab.work('load', () => gate.passed);
    const [first, second] = [await trigger(), await trigger()];
    const cancelled = await send('POST', `/runs/${second}/cancel`);
    expect([cancelled.statusCode, cancelled.json()]).toEqual([
      202,
      { id: second, status: 'cancelled', href: `/api/v1/runs/${second}` },
    ]);
    gate.open();
    await lab.end(first);
    const retried = await send('POST', `/runs/${second}/retry`);
    expect([retried.statusCode, retried.json()]).toEqual([202, { id: second, status: 'queued', href: `/api/v1/runs/${second}` }]);
    expect((await lab.end(second)).status).toBe('succeeded');
    expect((await send('POST', `/runs/${second}/cancel`)).statusCode).toBe(409);
    expect((await send('POST', `/runs/${second}/retry`)).statusCode).toBe(409);
  });

  it('gives the log of a run from a line on', async () => {
    const id = await trigger();
    await lab.end(id);
    const whole = RunLogPage.parse((await get(`/runs/${id}/logs`)).json());
    expect(whole.items.map(({ task, message }) => [task, message.split(' in ')[0]])).toEqual([
      [undefined, expect.stringMatching(/^the run .* begins$/)],
      ['load', 'succeeded'],
      ['refine', 'succeeded'],
      [undefined, expect.stringContaining('succeeded after')],
    ]);
    const rest = RunLogPage.parse((await get(`/runs/${id}/logs?after=${whole.items[0].id}&task=refine`)).json());
    expect(rest.items).toEqual([whole.items[2]]);
  });

  describe('as server-sent events', () => {
    let url: string;
    beforeAll(async () => {
      await lab.app.listen(0, '127.0.0.1');
      url = await lab.app.getUrl();
    });

    const follow = async (id: string, headers: Record<string, string> = {}): Promise<Response> =>
      fetch(`${url}/api/v1/runs/${id}/logs`, { headers: { accept: 'text/event-stream', ...headers } });
    const messagesIn = (text: string): string[] =>
      [...text.matchAll(/^data: (.*)$/gm)].map(([, data]) => (JSON.parse(data) as { message?: string }).message ?? data);

    it('tells the lines of a run while it goes on, and its end', async () => {
      const gate = aGate();
      lab.work('load', async ({ log }) => {
        log.info('first');
        await gate.passed;
        log.info('second');
      });
      const id = await trigger();
      const answer = await follow(id);
      expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/event-stream']);
      let text = '';
      for await (const chunk of answer.body!.pipeThrough(new TextDecoderStream())) {
        text += chunk;
        if (text.includes('first')) gate.open();
      }
      expect(messagesIn(text)).toEqual([
        expect.stringContaining('begins'),
        'first',
        'second',
        expect.stringContaining('succeeded in'),
        expect.stringContaining('succeeded in'),
        expect.stringContaining('succeeded after'),
        '{"status":"succeeded"}',
      ]);
      expect(text).toMatch(/^id: \d+\nevent: log\n/m);
    });

    it('goes on after the line that was heard last', async () => {
      const id = await trigger();
      await lab.end(id);
      const [first] = RunLogPage.parse((await get(`/runs/${id}/logs`)).json()).items;
      const text = await (await follow(id, { 'last-event-id': first.id })).text();
      expect(messagesIn(text)).toHaveLength(4);
    });

    it('read nothing more for a reader who went away', async () => {
      const gate = aGate();
      lab.work('load', () => gate.passed);
      const id = await trigger();
      const feed = lab.app.get(RunLogFeed);
      const readers = Array.from({ length: 5 }, () => new AbortController());
      const answers = await Promise.all(
        readers.map(({ signal }) => fetch(`${url}/api/v1/runs/${id}/logs`, { headers: { accept: 'text/event-stream' }, signal })),
      );
      expect([feed.following, ...answers.map(({ status }) => status)]).toEqual([5, 200, 200, 200, 200, 200]);
      for (const reader of readers) reader.abort();
      for (const deadline = Date.now() + 5_000; feed.following > 0 && Date.now() < deadline;) await sleep(10);
      expect(feed.following).toBe(0);
      gate.open();
      await lab.end(id);
    });

    it('says in JSON that there is no such run', async () => {
      const answer = await follow(UNKNOWN);
      expect([answer.status, answer.headers.get('content-type')]).toEqual([
        404,
        expect.stringContaining('application/problem+json'),
      ]);
    });
  });

  it.each([
    ['POST', '/pipelines/flights/runs', '[]'],
    ['POST', '/pipelines/flights/runs', '{"params": 7}'],
    ['POST', '/pipelines/flights/runs', '{"params": null}'],
    ['POST', '/pipelines/flights/runs', '{"params": {"__proto__": 1, "x": 2}}'],
    ['PUT', '/pipelines/flights/enabled', '{"enabled": "yes"}'],
    ['PUT', '/pipelines/flights/enabled', '{}'],
    ['PUT', '/pipelines/flights/enabled', '{"enabled"'],
  ] as const)('%s %s refuses the body %s', async (method, url, payload) => {
    const headers = { 'content-type': 'application/json' };
    const answer = await lab.app.inject({ method, url: `/api/v1${url}`, payload, headers });
    expect([answer.statusCode, answer.headers['content-type']]).toEqual([400, expect.stringContaining('problem+json')]);
  });

  it.each([
    ['GET', '/pipelines/nothing', 404, 'PIPELINE_NOT_FOUND'],
    ['GET', '/pipelines/nothing/runs', 404, 'PIPELINE_NOT_FOUND'],
    ['POST', '/pipelines/nothing/runs', 404, 'PIPELINE_NOT_FOUND'],
    ['PUT', '/pipelines/nothing/enabled', 404, 'PIPELINE_NOT_FOUND'],
    ['GET', `/runs/${UNKNOWN}`, 404, 'RUN_NOT_FOUND'],
    ['GET', `/runs/${UNKNOWN}/logs`, 404, 'RUN_NOT_FOUND'],
    ['POST', `/runs/${UNKNOWN}/cancel`, 404, 'RUN_NOT_FOUND'],
    ['POST', `/runs/${UNKNOWN}/retry`, 404, 'RUN_NOT_FOUND'],
    ['GET', '/runs/7', 400, 'INVALID_INPUT'],
    ['GET', '/pipelines?limit=0', 400, 'INVALID_INPUT'],
    ['GET', '/pipelines/flights/runs?status=done', 400, 'INVALID_INPUT'],
    ['GET', '/pipelines/flights/runs?limit=-1', 400, 'INVALID_INPUT'],
    ['GET', '/pipelines/flights/runs?offset=99999999999999999999', 400, 'INVALID_INPUT'],
    ['GET', '/pipelines/%00', 404, 'PIPELINE_NOT_FOUND'],
    ['GET', `/pipelines/${'x'.repeat(90)}/runs`, 404, 'PIPELINE_NOT_FOUND'],
    ['GET', `/runs/${'9'.repeat(90)}`, 400, 'INVALID_INPUT'],
    ['POST', '/runs/%00/cancel', 400, 'INVALID_INPUT'],
    ['GET', `/runs/${UNKNOWN}/logs?after=-1`, 400, 'INVALID_INPUT'],
    ['GET', `/runs/${UNKNOWN}/logs?after=${'9'.repeat(30)}`, 400, 'INVALID_INPUT'],
    ['GET', `/runs/${UNKNOWN}/logs?task=%00`, 400, 'INVALID_INPUT'],
  ] as const)('%s %s answers %i %s', async (method, url, status, code) => {
    const answer = method === 'GET' ? await get(url) : await send(method, url, { enabled: true });
    expect([answer.statusCode, answer.json().code]).toEqual([status, code]);
  });
});
