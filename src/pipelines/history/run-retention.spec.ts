import { aGate, aPipeline, PipelineLab } from '../../../test/fixtures/pipelines.js';
import { openTestDatabase } from '../../../test/fixtures/postgres.js';
import { RunRetention } from './run-retention.js';

describe('RunRetention', () => {
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
  beforeEach(() => lab.query('DELETE FROM lab.pipeline_runs'));

  const age = (id: string, days: number) =>
    lab.query(
      `UPDATE lab.pipeline_runs SET finished_at = finished_at - $2::int * interval '1 day', created_at = created_at - $2::int * interval '1 day' WHERE id = $1`,
      [id, days],
    );
  const left = async (): Promise<string[]> =>
    (await lab.query<{ id: string }>('SELECT id FROM lab.pipeline_runs ORDER BY created_at')).map(({ id }) => id);
  const sweep = (): Promise<number> => lab.app.get(RunRetention).sweep();

  async function aJob(days: number): Promise<string> {
    const { id } = await lab.jobs.start('spec.load', { source: 'books' });
    await lab.endOfJob(id);
    await age(id, days);
    return id;
  }

  it('forgets what ended ninety days ago, with its tasks and lines', async () => {
    const [, young] = [await aJob(91), await aJob(89)];
    expect([await sweep(), await left()]).toEqual([1, [young]]);
    expect(await lab.query('SELECT DISTINCT run_id FROM lab.task_runs')).toEqual([{ run_id: young }]);
    expect(await lab.query('SELECT DISTINCT run_id FROM lab.run_logs')).toEqual([{ run_id: young }]);
  });

  it('keeps of a pipeline the newest run that succeeded and the newest that was scheduled', async () => {
    const ids: string[] = [];
    for (const days of [400, 300, 200]) {
      const run = await lab.run('p');
      await age(run.id, days);
      ids.push(run.id);
    }
    await lab.query(`UPDATE lab.pipeline_runs SET scheduled_at = created_at, status = 'failed' WHERE id = $1`, [ids[1]]);
    await lab.query(`UPDATE lab.pipeline_runs SET scheduled_at = created_at WHERE id = $1`, [ids[0]]);
    expect([await sweep(), await left()]).toEqual([1, [ids[1], ids[2]]]);
  });

  it('never touches what waits or is under way', async () => {
    const gate = aGate();
    lab.work('job', () => gate.passed);
    const { id } = await lab.jobs.start('spec.work', {});
    const waiting = await lab.jobs.start('spec.work', {});
    await lab.untilJob(id, ({ status }) => status === 'running');
    await lab.query(
      `UPDATE lab.pipeline_runs SET created_at = now() - interval '1 year', finished_at = now() - interval '1 year'`,
    );
    expect([await sweep(), (await left()).length]).toEqual([0, 2]);
    gate.open();
    await Promise.all([id, waiting.id].map((one) => lab.endOfJob(one)));
  });

  it('goes on until nothing old is left, however much there was', async () => {
    await lab.query(
      `INSERT INTO lab.pipeline_runs (lane, trigger, status, plan, finished_at)
       SELECT 'job:spec.work', 'manual', 'failed', '[]', now() - interval '1 year' FROM generate_series(1, 450)`,
    );
    expect([await sweep(), await left()]).toEqual([450, []]);
  });
});
