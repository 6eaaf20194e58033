import { aGate, aPipeline, PipelineLab, untilStopped } from '../../test/fixtures/pipelines.js';
import { openTestDatabase } from '../../test/fixtures/postgres.js';
import { Job, JobPage } from './job.schema.js';
import { JobStarted } from './job.types.js';
import { PipelinePage } from './pipeline-view.schema.js';
import { RunLogPage } from './run.schema.js';

const UNKNOWN = '00000000-0000-4000-8000-000000000000';

describe('the routes of jobs', () => {
  let database: { url: string; close(): Promise<void> };
  let lab: PipelineLab;
  beforeAll(async () => {
    database = await openTestDatabase();
    lab = await PipelineLab.open(database.url, { pipelines: [aPipeline('p', { a: {} })] });
  });
  afterAll(async () => {
    await lab.close();
    await database.close();
  });
  beforeEach(() => lab.work('job', async () => ({ rows: 3 })));

  const get = (url: string) => lab.app.inject({ method: 'GET', url: `/api/v1${url}` });
  const post = (url: string) => lab.app.inject({ method: 'POST', url: `/api/v1${url}` });

  async function aJob(): Promise<string> {
    const { id } = await lab.jobs.start('spec.work', {});
    await lab.endOfJob(id);
    return id;
  }

  it('show how far a job is and what came of it', async () => {
    const id = await aJob();
    expect(Job.strict().parse((await get(`/jobs/${id}`)).json())).toMatchObject({
      id,
      kind: 'spec.work',
      status: 'succeeded',
      progress: 1,
      message: null,
      result: { rows: 3 },
    });
  });

  it('list jobs newest first, by kind and state when asked, and no pipelines among them', async () => {
    const run = await lab.run('p');
    const first = await aJob();
    const loaded = await lab.jobs.start('spec.load', { source: 'books' });
    await lab.endOfJob(loaded.id);
    const { items } = JobPage.parse((await get('/jobs?limit=2')).json());
    expect(items.map(({ id }) => id)).toEqual([loaded.id, first]);
    const ofKind = JobPage.parse((await get('/jobs?kind=spec.load&status=succeeded')).json());
    expect(ofKind).toMatchObject({ total: 1, items: [{ id: loaded.id }] });
    expect((await get(`/jobs/${run.id}`)).json()).toMatchObject({ code: 'JOB_NOT_FOUND' });
  });

  it('keep jobs out of what is shown of pipelines', async () => {
    const id = await aJob();
    expect((await get(`/runs/${id}`)).json()).toMatchObject({ code: 'RUN_NOT_FOUND' });
    expect(PipelinePage.parse((await get('/pipelines')).json()).items.map(({ name }) => name)).toEqual(['p']);
  });

  it('cancel a job', async () => {
    lab.work('job', untilStopped);
    const { id } = await lab.jobs.start('spec.work', {});
    await lab.untilJob(id, ({ status }) => status === 'running');
    const answer = await post(`/jobs/${id}/cancel`);
    expect([answer.statusCode, JobStarted.parse(answer.json())]).toEqual([
      202,
      { id, status: 'running', href: `/api/v1/jobs/${id}` },
    ]);
    await lab.endOfJob(id);
    expect((await post(`/jobs/${id}/cancel`)).json()).toMatchObject({ status: 409, code: 'JOB_FINISHED' });
  });

  it('tell what a job wrote, as JSON and as it happens', async () => {
    const gate = aGate();
    lab.work('job', async ({ log }) => {
      log.info('first');
      await gate.passed;
      log.info('second');
    });
    await lab.app.listen(0, '127.0.0.1');
    const { id, href } = await lab.jobs.start('spec.work', {});
    const answer = await fetch(`${await lab.app.getUrl()}${href}/logs`, { headers: { accept: 'text/event-stream' } });
    let text = '';
    for await (const chunk of answer.body!.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      if (text.includes('first')) gate.open();
    }
    expect(text).toMatch(/second[\s\S]*event: end\ndata: \{"status":"succeeded"\}/);
    const { items } = RunLogPage.parse((await get(`/jobs/${id}/logs`)).json());
    expect(items.map(({ message }) => message)).toEqual(expect.arrayContaining(['first', 'second']));
  });

  it.each([
    ['GET', `/jobs/${UNKNOWN}`, 404, 'JOB_NOT_FOUND'],
    ['GET', `/jobs/${UNKNOWN}/logs`, 404, 'JOB_NOT_FOUND'],
    ['POST', `/jobs/${UNKNOWN}/cancel`, 404, 'JOB_NOT_FOUND'],
    ['GET', '/jobs/7', 400, 'INVALID_INPUT'],
    ['GET', '/jobs?limit=0', 400, 'INVALID_INPUT'],
    ['GET', '/jobs?status=done', 400, 'INVALID_INPUT'],
    ['GET', '/jobs?kind=%00', 400, 'INVALID_INPUT'],
    ['GET', '/jobs?offset=-1', 400, 'INVALID_INPUT'],
    ['GET', '/jobs?offset=9007199254740991', 200, undefined],
    ['GET', '/jobs?kind=nobody.knows', 200, undefined],
    ['GET', `/jobs/${UNKNOWN}/logs?limit=many`, 400, 'INVALID_INPUT'],
  ] as const)('%s %s answers %i %s', async (method, url, status, code) => {
    const answer = await lab.app.inject({ method, url: `/api/v1${url}` });
    expect([answer.statusCode, answer.json().code]).toEqual([status, code]);
  });
});
