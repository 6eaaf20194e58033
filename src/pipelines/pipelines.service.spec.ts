import { aGate, aPipeline, PipelineLab, taskOf, untilStopped } from '../../test/fixtures/pipelines.js';
import { openTestDatabase } from '../../test/fixtures/postgres.js';

const PIPELINES = [
  aPipeline('chain', { a: {}, b: { needs: ['a'] }, c: { needs: ['b'] } }),
  aPipeline('two', { a: {} }, { concurrency: 2 }),
];
const UNKNOWN = '00000000-0000-4000-8000-000000000000';

describe('PipelinesService', () => {
  let database: { url: string; close(): Promise<void> };
  let lab: PipelineLab;
  beforeAll(async () => {
    database = await openTestDatabase();
    lab = await PipelineLab.open(database.url, { pipelines: PIPELINES, settings: { orphanMs: 1_000_000 } });
  });
  beforeEach(() => ['a', 'b', 'c'].forEach((task) => lab.work(task, async () => undefined)));
  afterAll(async () => {
    await lab.close();
    await database.close();
  });

  it('does not know a pipeline that nobody declared', async () => {
    await expect(lab.start('nothing')).rejects.toThrow('There is no pipeline "nothing". List them with GET /api/v1/pipelines.');
  });

  it('lets as many runs of a pipeline go on as it allows', async () => {
    const gate = aGate();
    lab.work('a', () => gate.passed);
    const ids = [await lab.start('two'), await lab.start('two'), await lab.start('two')];
    await lab.until(ids[1], ({ status }) => status === 'running');
    expect((await lab.history.find(ids[2])).status).toBe('queued');
    gate.open();
    await Promise.all(ids.map((id) => lab.end(id)));
  });

  it('refuses the run that would be the hundred and first to wait', async () => {
    const idle = await PipelineLab.open(database.url, {
      pipelines: [aPipeline('waiting', { a: {} })],
      settings: { runs: 0, orphanMs: 1_000_000 },
    });
    for (let count = 0; count < 100; count++) await idle.start('waiting');
    await expect(idle.start('waiting')).rejects.toMatchObject({ code: 'PIPELINE_QUEUE_FULL', retryable: true });
    await idle.close();
  });

  it('knows whether a pipeline ever succeeded', async () => {
    lab.work('b', () => Promise.reject(new Error('no lake')));
    await lab.run('chain');
    expect(await lab.pipelines.neverSucceeded('chain')).toBe(true);
    lab.work('b', async () => undefined);
    await lab.run('chain');
    expect(await lab.pipelines.neverSucceeded('chain')).toBe(false);
  });

  describe('cancel', () => {
    it('stops the work of a run and does not begin the rest', async () => {
      lab.work('b', untilStopped);
      const id = await lab.start('chain');
      await lab.until(id, (run) => taskOf(run, 'b').status === 'running');
      const before = Date.now();
      expect(await lab.pipelines.cancel(id)).toEqual({ id, status: 'running' });
      const run = await lab.end(id);
      expect(Date.now() - before).toBeLessThan(1_000);
      expect([run.status, ...run.tasks.map(({ status }) => status)]).toEqual([
        'cancelled',
        'succeeded',
        'cancelled',
        'cancelled',
      ]);
    });

    it('reaches a run that another process carries out', async () => {
      const gate = aGate();
      lab.work('b', (run, options) => (gate.open(), untilStopped(run, options)));
      const id = await lab.start('chain');
      await gate.passed;
      const other = await PipelineLab.open(database.url, { pipelines: PIPELINES, settings: { runs: 0 } });
      await other.pipelines.cancel(id);
      expect((await other.end(id)).status).toBe('cancelled');
      await other.close();
    });

    it('ends a run at once that waits', async () => {
      const gate = aGate();
      lab.work('a', () => gate.passed);
      const [first, second] = [await lab.start('chain'), await lab.start('chain')];
      expect(await lab.pipelines.cancel(second)).toEqual({ id: second, status: 'cancelled' });
      expect(await lab.history.find(second)).toMatchObject({
        status: 'cancelled',
        error: 'Cancelled while it waited.',
        tasks: Array(3).fill({ status: 'cancelled' }),
      });
      gate.open();
      expect((await lab.end(first)).status).toBe('succeeded');
    });

    it('does not wait for ever for a task that does not stop', async () => {
      const gate = aGate();
      lab.work('b', () => gate.passed);
      const id = await lab.start('chain');
      await lab.until(id, (run) => taskOf(run, 'b').status === 'running');
      await lab.pipelines.cancel(id);
      expect(taskOf(await lab.end(id), 'b')).toMatchObject({
        status: 'cancelled',
        error: expect.stringContaining('had not stopped 1 s later'),
      });
      gate.open();
    });

    it('says that a run is over, or unknown', async () => {
      const { id } = await lab.run('chain');
      await expect(lab.pipelines.cancel(id)).rejects.toMatchObject({ code: 'RUN_FINISHED', status: 409 });
      await expect(lab.pipelines.cancel(UNKNOWN)).rejects.toMatchObject({ code: 'RUN_NOT_FOUND', status: 404 });
    });
  });

  describe('retry', () => {
    it('keeps what was done and does the rest again', async () => {
      lab.work('a', async () => ({ rows: 1 }));
      lab.work('b', () => Promise.reject(new Error('no lake')));
      const { id } = await lab.run('chain');
      lab.work('b', async () => undefined);
      expect(await lab.pipelines.retry(id)).toEqual({ id, status: 'queued' });
      expect(await lab.end(id)).toMatchObject({
        status: 'succeeded',
        tasks: [
          { name: 'a', attempts: 1, rows: 1 },
          { name: 'b', attempts: 2 },
          { name: 'c', attempts: 1 },
        ],
      });
    });

    it('takes up a cancelled run', async () => {
      lab.work('b', untilStopped);
      const id = await lab.start('chain');
      await lab.until(id, (run) => taskOf(run, 'b').status === 'running');
      await lab.pipelines.cancel(id);
      await lab.end(id);
      lab.work('b', async () => undefined);
      await lab.pipelines.retry(id);
      expect((await lab.end(id)).status).toBe('succeeded');
    });

    it('follows the pipeline as it is declared now', async () => {
      lab.work('b', () => Promise.reject(new Error('no lake')));
      const { id } = await lab.run('chain');
      const changed = aPipeline('chain', { a: { with: { deep: true } }, b: {}, d: { needs: ['a', 'b'] } });
      lab.work('b', async () => undefined);
      const next = await PipelineLab.open(database.url, { pipelines: [changed] });
      await next.pipelines.retry(id);
      const run = await next.end(id);
      await next.close();
      expect([run.status, run.tasks.map(({ name, attempts }) => [name, attempts])]).toEqual([
        'succeeded',
        [
          ['a', 2],
          ['b', 2],
          ['d', 1],
        ],
      ]);
    });

    it('has nothing to do for a run that succeeded', async () => {
      const { id } = await lab.run('chain');
      await expect(lab.pipelines.retry(id)).rejects.toMatchObject({ code: 'RUN_NOT_RETRYABLE', status: 409 });
    });
  });
});
