import { aGate, aPipeline, PipelineLab, untilStopped } from '../../test/fixtures/pipelines.js';
import { openTestDatabase } from '../../test/fixtures/postgres.js';
import { ExecutionSettings } from './execution/execution-settings.js';

const UNKNOWN = '00000000-0000-4000-8000-000000000000';
const IDLE = { runs: 0, jobs: 0 };

describe('JobsService', () => {
  let database: { url: string; close(): Promise<void> };
  let lab: PipelineLab;
  let labs: PipelineLab[];
  beforeEach(async () => {
    database = await openTestDatabase();
    labs = [];
    lab = await aProcess();
  });
  afterEach(async () => {
    await Promise.all(labs.map((one) => one.close()));
    await database.close();
  });

  async function aProcess(settings: object = {}): Promise<PipelineLab> {
    const one = await PipelineLab.open(database.url, { pipelines: [aPipeline('p', { a: {} })], settings });
    labs.push(one);
    return one;
  }

  async function close(one: PipelineLab): Promise<void> {
    labs = labs.filter((other) => other !== one);
    await one.close();
  }

  it('carries out a declared task with its options and keeps what it returned', async () => {
    const job = await lab.jobs.start('spec.load', { source: 'books' });
    expect(job).toEqual({ id: job.id, status: 'queued', href: `/api/v1/jobs/${job.id}` });
    expect(await lab.endOfJob(job.id)).toMatchObject({
      kind: 'spec.load',
      status: 'succeeded',
      progress: 1,
      result: { source: 'books', rows: 10 },
    });
  });

  it('refuses options that the task does not take, before there is a job', async () => {
    await expect(lab.jobs.start('spec.load', { source: 7 })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      errors: [{ path: 'source', message: expect.any(String) }],
    });
    expect(await lab.query('SELECT id FROM lab.pipeline_runs')).toEqual([]);
  });

  it('knows only what is declared', async () => {
    await expect(lab.jobs.start('spec.nothing', {})).rejects.toMatchObject({ code: 'UNKNOWN_TASK' });
  });

  it('tells how far the work is, and why it failed', async () => {
    const gate = aGate();
    lab.work('job', async (run) => {
      run.progress(0.5, 'fit');
      await gate.passed;
      throw new Error('no lake');
    });
    const { id } = await lab.jobs.start('spec.work', {});
    await lab.untilJob(id, ({ progress, message }) => progress === 0.5 && message === 'fit');
    gate.open();
    expect(await lab.endOfJob(id)).toMatchObject({ status: 'failed', progress: 0.5, message: 'fit', error: 'no lake' });
  });

  it('lets as many jobs of a kind go on as it allows, and those of other kinds beside them', async () => {
    const gate = aGate();
    lab.work('job', () => gate.passed);
    const ids: string[] = [];
    for (let count = 0; count < 3; count++) ids.push((await lab.jobs.start('spec.work', {}, { concurrency: 2 })).id);
    const other = await lab.jobs.start('spec.load', { source: 'books' });
    expect((await lab.endOfJob(other.id)).status).toBe('succeeded');
    await lab.untilJob(ids[1], ({ status }) => status === 'running');
    expect((await lab.untilJob(ids[2], () => true)).status).toBe('queued');
    gate.open();
    await Promise.all(ids.map((id) => lab.endOfJob(id)));
  });

  it('has room for as many trainings as may run at once, and for others', () => {
    expect([1, 6].map((trainConcurrency) => ExecutionSettings.of({ trainConcurrency }).jobs)).toEqual([4, 9]);
  });

  it('does not let jobs take the places of pipelines', async () => {
    const gate = aGate();
    const small = await aProcess({ jobs: 1, runs: 1 });
    await close(lab);
    small.work('job', () => gate.passed);
    const { id } = await small.jobs.start('spec.work', {});
    await small.untilJob(id, ({ status }) => status === 'running');
    expect((await small.run('p')).status).toBe('succeeded');
    gate.open();
    await small.endOfJob(id);
  });

  it('lets exactly so many wait, however many are started at once', async () => {
    const idle = await aProcess(IDLE);
    await close(lab);
    const answers = await Promise.allSettled(Array.from({ length: 12 }, () => idle.jobs.start('spec.work', {}, { most: 5 })));
    const refused = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason as object] : []));
    expect(refused).toHaveLength(7);
    expect(refused[0]).toMatchObject({ code: 'JOB_QUEUE_FULL', status: 429, headers: { 'Retry-After': expect.any(String) } });
  });

  it('goes on in another process after the one that had it stopped', async () => {
    lab.work('job', untilStopped);
    const { id } = await lab.jobs.start('spec.work', {});
    await lab.untilJob(id, ({ status }) => status === 'running');
    const next = await aProcess();
    next.work('job', async ({ attempt }) => ({ attempt }));
    await close(lab);
    expect(await next.endOfJob(id)).toMatchObject({ status: 'succeeded', result: { attempt: 2 } });
  });

  it('fails a job with the reason when nobody declares its task any more', async () => {
    await lab.query(
      `INSERT INTO lab.pipeline_runs (lane, trigger, status, plan, created_at)
       VALUES ('job:gone.away', 'manual', 'queued', '[{"name":"job","uses":"gone.away"}]', now() - interval '1 day')`,
    );
    await lab.query(
      `INSERT INTO lab.task_runs (run_id, name, uses, status) SELECT id, 'job', 'gone.away', 'queued' FROM lab.pipeline_runs`,
    );
    const [{ id }] = await lab.query<{ id: string }>('SELECT id FROM lab.pipeline_runs');
    expect(await lab.endOfJob(id)).toMatchObject({
      status: 'failed',
      error: 'The task "gone.away" is no longer declared, so the job cannot go on.',
    });
  });

  describe('cancel', () => {
    it('stops the work', async () => {
      lab.work('job', untilStopped);
      const { id } = await lab.jobs.start('spec.work', {});
      await lab.untilJob(id, ({ status }) => status === 'running');
      expect(await lab.jobs.cancel(id)).toMatchObject({ id, status: 'running' });
      expect((await lab.endOfJob(id)).status).toBe('cancelled');
    });

    it('ends a job at once that waits', async () => {
      const idle = await aProcess(IDLE);
      await close(lab);
      const { id } = await idle.jobs.start('spec.work', {});
      expect(await idle.jobs.cancel(id)).toMatchObject({ status: 'cancelled' });
      expect((await idle.endOfJob(id)).error).toBe('Cancelled while it waited.');
    });

    it('says that a job is over, or that it is none', async () => {
      const { id } = await lab.jobs.start('spec.load', { source: 'books' });
      await lab.endOfJob(id);
      await expect(lab.jobs.cancel(id)).rejects.toMatchObject({ code: 'JOB_FINISHED', status: 409 });
      await expect(lab.jobs.cancel(UNKNOWN)).rejects.toMatchObject({ code: 'JOB_NOT_FOUND' });
      await expect(lab.jobs.cancel((await lab.run('p')).id)).rejects.toMatchObject({ code: 'JOB_NOT_FOUND' });
    });
  });
});
