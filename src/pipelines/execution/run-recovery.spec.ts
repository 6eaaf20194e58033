import { setTimeout as sleep } from 'node:timers/promises';
import {
  aGate,
  aPipeline,
  PipelineLab,
  type PipelineLabOptions,
  taskOf,
  untilStopped,
  type Work,
} from '../../../test/fixtures/pipelines.js';
import { openTestDatabase } from '../../../test/fixtures/postgres.js';
import type { Run } from '../run.schema.js';

const CHAIN = aPipeline('chain', { a: {}, b: { needs: ['a'] }, c: { needs: ['b'] } });

/** A process that gives no sign of life after its first. */
const SILENT = { heartbeatMs: 1_000_000, leaseMs: 400 };

/** Comes back when they are gone: a look at the run must not meet one that is about to go. */
const cutConnections = async (lab: PipelineLab): Promise<void> =>
  void (await lab.query(
    'SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
  ));

describe('a run whose process goes', () => {
  let database: { url: string; close(): Promise<void> };
  let labs: PipelineLab[];
  beforeEach(async () => {
    database = await openTestDatabase();
    labs = [];
  });
  afterEach(async () => {
    await Promise.all(labs.map((lab) => lab.close()));
    await database.close();
  });

  async function aProcess(options: Partial<PipelineLabOptions> = {}): Promise<PipelineLab> {
    const lab = await PipelineLab.open(database.url, { pipelines: [CHAIN], ...options });
    labs.push(lab);
    return lab;
  }

  async function close(lab: PipelineLab): Promise<void> {
    labs = labs.filter((other) => other !== lab);
    await lab.close();
  }

  const interruptionsOf = async (lab: PipelineLab, id: string, task: string): Promise<number> => {
    const [row] = await lab.query<{ interruptions: number }>(
      'SELECT interruptions FROM lab.task_runs WHERE run_id = $1 AND name = $2',
      [id, task],
    );
    return row.interruptions;
  };

  it('is taken up where it was when the lease of a dead owner has run out', async () => {
    const gate = aGate();
    const dead = await aProcess({ settings: SILENT, works: { a: async () => ({ rows: 1 }), b: () => gate.passed } });
    const id = await dead.start('chain');
    await dead.until(id, (run) => taskOf(run, 'b').status === 'running');
    const alive = await aProcess({ works: { a: async () => ({ rows: 2 }), b: async ({ attempt }) => ({ rows: attempt }) } });
    const run = await alive.end(id);
    gate.open();
    expect(run.tasks).toMatchObject([
      { name: 'a', status: 'succeeded', attempts: 1, rows: 1 },
      { name: 'b', status: 'succeeded', attempts: 2, rows: 2 },
      { name: 'c', status: 'succeeded', attempts: 1 },
    ]);
    expect(await interruptionsOf(alive, id, 'b')).toBe(1);
  });

  it('accepts nothing more from an owner that was replaced', async () => {
    const gate = aGate();
    const late = aGate();
    const slow = await aProcess({ settings: SILENT, works: { b: () => late.passed.then(() => ({ rows: 666 })) } });
    const id = await slow.start('chain');
    await slow.until(id, (run) => taskOf(run, 'b').status === 'running');
    const fast = await aProcess({ works: { b: () => gate.passed.then(() => ({ rows: 7 })) } });
    await fast.until(id, (run) => taskOf(run, 'b').attempts === 2);
    late.open();
    await sleep(200);
    expect(taskOf(await fast.history.find(id), 'b')).toMatchObject({ status: 'running', attempts: 2 });
    gate.open();
    expect(taskOf(await fast.end(id), 'b')).toMatchObject({ status: 'succeeded', rows: 7 });
  });

  it('is told to stop work that it has lost to another process', async () => {
    const stopped = aGate();
    const slow = await aProcess({
      settings: { heartbeatMs: 900, leaseMs: 400 },
      works: {
        b: (run, options) => untilStopped(run, options).catch((reason: Error) => (stopped.open(), Promise.reject(reason))),
      },
    });
    const id = await slow.start('chain');
    await slow.until(id, (run) => taskOf(run, 'b').status === 'running');
    const fast = await aProcess();
    await fast.end(id);
    await stopped.passed;
  });

  it('keeps its lease for as long as it gives signs of life', async () => {
    const slow = await aProcess({ settings: { heartbeatMs: 100, leaseMs: 400 }, works: { b: () => sleep(1_500) } });
    await aProcess();
    expect(taskOf(await slow.run('chain'), 'b').attempts).toBe(1);
  });

  it('outlives the loss of every connection to the database', async () => {
    const done = aGate();
    const lab = await aProcess({ works: { b: () => cutConnections(lab), c: async () => done.open() } });
    const id = await lab.start('chain');
    await done.passed;
    expect((await lab.end(id)).tasks.map(({ status, attempts }) => [status, attempts])).toEqual(Array(3).fill(['succeeded', 1]));
  });

  it('is put back at a shutdown and goes on at the next start', async () => {
    const first = await aProcess({ works: { a: async () => ({ rows: 1 }), b: untilStopped } });
    const id = await first.start('chain');
    await first.until(id, (run) => taskOf(run, 'b').status === 'running');
    await close(first);
    const second = await aProcess({ settings: { runs: 0 } });
    expect(await second.history.find(id)).toMatchObject({
      status: 'queued',
      tasks: [{ status: 'succeeded' }, { status: 'queued' }, { status: 'queued' }],
    });
    const third = await aProcess();
    const run = await third.end(id);
    expect(run.tasks).toMatchObject([
      { status: 'succeeded', rows: 1, attempts: 1 },
      { status: 'succeeded', attempts: 2 },
      { status: 'succeeded' },
    ]);
    expect(await interruptionsOf(third, id, 'b')).toBe(0);
  });

  it('is not handed on at a shutdown while a task of it does not stop', async () => {
    const gate = aGate();
    const first = await aProcess({ settings: { stopMs: 50 }, works: { b: () => gate.passed } });
    const id = await first.start('chain');
    await first.until(id, (run) => taskOf(run, 'b').status === 'running');
    await close(first);
    const second = await aProcess({ settings: { runs: 0 } });
    expect((await second.history.find(id)).status).toBe('running');
    const third = await aProcess();
    expect((await third.end(id)).status).toBe('succeeded');
    gate.open();
  });

  it('is given up when the process died ten times under the same task', async () => {
    const dead = await aProcess({ settings: SILENT, works: { b: untilStopped } });
    const id = await dead.start('chain');
    await dead.until(id, (run) => taskOf(run, 'b').status === 'running');
    await dead.query('UPDATE lab.task_runs SET interruptions = 9 WHERE run_id = $1 AND name = $2', [id, 'b']);
    const alive = await aProcess();
    expect(taskOf(await alive.end(id), 'b')).toMatchObject({
      status: 'failed',
      attempts: 1,
      error: 'The process died 10 times while this task ran.',
    });
  });

  it('is cancelled by whoever takes it up when that was asked for', async () => {
    const dead = await aProcess({ settings: SILENT, works: { b: () => new Promise(() => undefined) } });
    const id = await dead.start('chain');
    await dead.until(id, (run) => taskOf(run, 'b').status === 'running');
    await dead.query('UPDATE lab.pipeline_runs SET cancel_requested_at = now() WHERE id = $1', [id]);
    const alive = await aProcess({ works: { b: async () => ({ rows: 1 }) } });
    const run = await alive.end(id);
    expect([run.status, run.tasks.map(({ status }) => status)]).toEqual(['cancelled', ['succeeded', 'cancelled', 'cancelled']]);
    expect(taskOf(run, 'b').attempts).toBe(1);
  });

  it.each(['running', 'queued'])('fails with the reason when it was %s and its pipeline is no longer defined', async (status) => {
    const dead = await aProcess({
      settings: { ...SILENT, runs: status === 'running' ? 1 : 0 },
      works: { a: () => new Promise(() => undefined) },
    });
    const id = await dead.start('chain');
    await dead.until(id, (run) => run.status === status);
    const other = await aProcess({ pipelines: [aPipeline('other', { a: {} })] });
    const run = await other.end(id);
    expect([run.status, run.error]).toEqual(['failed', 'The pipeline "chain" is no longer defined, so the run cannot go on.']);
    expect(taskOf(run, 'a').status).toBe(status === 'running' ? 'failed' : 'skipped');
  });
});

describe('two processes on one database', () => {
  it('carry out each run once, and no two of a pipeline at the same time', async () => {
    const database = await openTestDatabase();
    const pipelines = ['p0', 'p1', 'p2'].map((name) =>
      aPipeline(name, { a: { with: { of: name } }, b: { with: { of: name }, needs: ['a'] } }),
    );
    const begun: string[] = [];
    const busy: unknown[] = [];
    const works: Record<string, Work> = {
      a: async ({ runId }, { of }) => {
        expect(busy).not.toContain(of);
        busy.push(of);
        begun.push(runId);
      },
      b: async (_, { of }) => void busy.splice(busy.indexOf(of), 1),
    };
    const labs = await Promise.all([1, 2].map(() => PipelineLab.open(database.url, { pipelines, works })));
    const ids = await Promise.all(Array.from({ length: 30 }, (_, index) => labs[index % 2].start(`p${index % 3}`)));
    const runs: Run[] = [];
    for (const id of ids) runs.push(await labs[0].end(id));
    await Promise.all(labs.map((lab) => lab.close()));
    await database.close();
    expect(new Set(runs.map(({ status }) => status))).toEqual(new Set(['succeeded']));
    expect([begun.length, new Set(begun).size]).toEqual([30, 30]);
  });
});
