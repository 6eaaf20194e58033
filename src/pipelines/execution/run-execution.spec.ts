import { setTimeout as sleep } from 'node:timers/promises';
import { aGate, aPipeline, PipelineLab, taskOf, untilStopped, type Work } from '../../../test/fixtures/pipelines.js';
import { openTestDatabase } from '../../../test/fixtures/postgres.js';
import { logContext, onBehalfOf } from '../../telemetry/log-context.js';
import type { Run } from '../run.schema.js';

const PIPELINES = [
  aPipeline('diamond', { d: { needs: ['b', 'c'] }, b: { needs: ['a'] }, c: { needs: ['a'] }, a: {} }),
  aPipeline('wide', Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`t${index}`, {}]))),
  aPipeline('retrying', { a: { retries: 2, retry_delay_seconds: 0.01 } }),
  aPipeline('hasty', { a: { timeout_minutes: 0.0005, retries: 1, retry_delay_seconds: 0 } }),
  aPipeline('chain', { a: {}, b: { needs: ['a'] }, c: { needs: ['b'] }, side: {} }),
  aPipeline('loading', { load: { uses: 'spec.load', with: { source: 'flights' } } }),
];

const statuses = (run: Run): Record<string, string> => Object.fromEntries(run.tasks.map(({ name, status }) => [name, status]));

describe('a run', () => {
  let database: { url: string; close(): Promise<void> };
  let lab: PipelineLab;
  beforeAll(async () => {
    database = await openTestDatabase();
    lab = await PipelineLab.open(database.url, { pipelines: PIPELINES });
  });
  beforeEach(() => ['a', 'b', 'c', 'd', 'side'].forEach((task) => lab.work(task, async () => undefined)));
  afterAll(async () => {
    await lab.close();
    await database.close();
  });

  it('begins a task when all that it needs is done, and the branches together', async () => {
    const events: string[] = [];
    const noted: Work = async ({ task }) => {
      events.push(`${task} begins`);
      await sleep(30);
      events.push(`${task} ends`);
    };
    ['a', 'b', 'c', 'd'].forEach((task) => lab.work(task, noted));
    expect((await lab.run('diamond')).status).toBe('succeeded');
    expect(events.slice(0, 2)).toEqual(['a begins', 'a ends']);
    expect(events.slice(2, 4).sort()).toEqual(['b begins', 'c begins']);
    expect(events.slice(-2)).toEqual(['d begins', 'd ends']);
  });

  it('does four tasks at the same time and no more', async () => {
    let now = 0;
    let most = 0;
    for (let index = 0; index < 12; index++) {
      lab.work(`t${index}`, async () => {
        most = Math.max(most, ++now);
        await sleep(10);
        now--;
      });
    }
    expect([(await lab.run('wide')).status, most]).toEqual(['succeeded', 4]);
  });

  it('keeps what a task returned, its rows and its options with their defaults', async () => {
    const run = await lab.run('loading');
    expect(taskOf(run, 'load')).toMatchObject({
      uses: 'spec.load',
      attempts: 1,
      rows: 10,
      result: { source: 'flights', rows: 10 },
    });
  });

  it('tries again until a task succeeds', async () => {
    lab.work('a', async ({ attempt }) => {
      if (attempt < 3) throw new Error(`no lake ${attempt}`);
      return { rows: attempt };
    });
    const run = await lab.run('retrying');
    expect(taskOf(run, 'a')).toMatchObject({ status: 'succeeded', attempts: 3, rows: 3 });
    expect(taskOf(run, 'a').error).toBeUndefined();
  });

  it('fails when the last retry failed, with the reason', async () => {
    lab.work('a', () => Promise.reject(new Error('no lake')));
    const run = await lab.run('retrying');
    expect([run.status, run.error, taskOf(run, 'a').attempts]).toEqual(['failed', '"a" failed: no lake', 3]);
  });

  it('skips what needs a failed task, says why, and goes on elsewhere', async () => {
    lab.work('a', () => Promise.reject(new Error('no lake')));
    const run = await lab.run('chain');
    expect([run.status, statuses(run)]).toEqual(['failed', { a: 'failed', b: 'skipped', c: 'skipped', side: 'succeeded' }]);
    expect(taskOf(run, 'c').error).toBe('Not run, because "b" did not succeed.');
  });

  it('goes on behind a task that found nothing to do', async () => {
    lab.work('a', async () => ({ skipped: true }));
    const run = await lab.run('chain');
    expect([run.status, statuses(run)]).toEqual([
      'succeeded',
      { a: 'skipped', b: 'succeeded', c: 'succeeded', side: 'succeeded' },
    ]);
  });

  it('fails an attempt that takes too long, and tries again', async () => {
    lab.work('a', (run, options) => (run.attempt === 1 ? untilStopped(run, options) : Promise.resolve({ rows: 1 })));
    expect(taskOf(await lab.run('hasty'), 'a')).toMatchObject({ status: 'succeeded', attempts: 2 });
  });

  it('does not begin a second attempt beside one that does not stop', async () => {
    const gate = aGate();
    lab.work('a', () => gate.passed);
    const task = taskOf(await lab.run('hasty'), 'a');
    gate.open();
    expect(task).toMatchObject({ status: 'failed', attempts: 1, error: expect.stringContaining('had not stopped') });
  });

  it('fails a task whose result is no JSON', async () => {
    lab.work('a', async () => {
      const circle: { self?: object } = {};
      circle.self = circle;
      return circle;
    });
    expect(taskOf(await lab.run('chain'), 'a')).toMatchObject({ status: 'failed', error: expect.stringContaining('circular') });
  });

  it('shows progress while a task works', async () => {
    const gate = aGate();
    lab.work('a', (run) => {
      run.progress(0.25, '1 of 4 files');
      return gate.passed;
    });
    const id = await lab.start('chain');
    const run = await lab.until(id, (now) => taskOf(now, 'a').progress === 0.25);
    expect([run.status, taskOf(run, 'a')]).toEqual([
      'running',
      expect.objectContaining({ status: 'running', message: '1 of 4 files' }),
    ]);
    gate.open();
    await lab.end(id);
  });

  it('keeps the lines that a task logs, in their order and with their fields', async () => {
    lab.work('a', async ({ log }) => {
      log.info('read', { file: 'a.csv', rows: 3n });
      log.warn('strange \0 row');
    });
    const run = await lab.run('chain');
    const { items } = await lab.logs.list(run.id, { task: 'a', limit: 10, offset: 0 });
    expect(items).toMatchObject([
      { level: 'info', attempt: 1, message: 'read', fields: { file: 'a.csv', rows: 3 } },
      { level: 'warn', message: 'strange \ufffd row' },
      { level: 'info', message: expect.stringMatching(/^succeeded in/) },
    ]);
  });

  it('writes to the log on its own behalf, not on that of the request that asked for it', async () => {
    lab.work('a', async () => ({ ...logContext() }));
    const run = await onBehalfOf({ request_id: 'asked' }, () => lab.run('chain'));
    expect(taskOf(run, 'a').result).toEqual({ run_id: run.id });
  });

  it('keeps a thousand lines of an attempt and says that there were more', async () => {
    lab.work('a', async ({ log }) => Array.from({ length: 5_000 }).forEach((_, index) => log.info(`line ${index}`)) as undefined);
    const { items, total } = await lab.logs.list((await lab.run('chain')).id, { task: 'a', limit: 1000, offset: 999 });
    expect(total).toBe(1002);
    expect(items.map(({ message }) => message)).toEqual([
      'line 999',
      expect.stringContaining('only in the log of the process'),
      expect.stringMatching(/^succeeded/),
    ]);
  });

  it('waits for another run of the same pipeline, and not for others', async () => {
    const gate = aGate();
    lab.work('a', () => gate.passed);
    const [first, second, other] = [await lab.start('chain'), await lab.start('chain'), await lab.start('loading')];
    expect((await lab.end(other)).status).toBe('succeeded');
    expect([(await lab.history.find(first)).status, (await lab.history.find(second)).status]).toEqual(['running', 'queued']);
    gate.open();
    expect([(await lab.end(first)).status, (await lab.end(second)).status]).toEqual(['succeeded', 'succeeded']);
  });
});
