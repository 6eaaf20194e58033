import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { end, prepareTraces, startProcess } from '../../../test/fixtures/pipeline-storm.js';
import { aPipeline, PipelineLab } from '../../../test/fixtures/pipelines.js';
import { openTestDatabase } from '../../../test/fixtures/postgres.js';

describe('a schedule that several processes follow', () => {
  it('makes and does one run for each time, however many processes there are', async () => {
    const database = await openTestDatabase();
    const pipelines = [aPipeline('tick', { a: { with: { ms: 0, failures: 0 } } }, { schedule: '* * * * * *', concurrency: 10 })];
    const folder = await mkdtemp(join(tmpdir(), 'lab-schedule-'));
    await writeFile(join(folder, 'pipelines.json'), JSON.stringify(pipelines));
    const watcher = await PipelineLab.open(database.url, { pipelines: [], settings: { runs: 0, jobs: 0, orphanMs: 1_000_000 } });
    await prepareTraces(watcher);
    const processes = await Promise.all([1, 2, 3].map(() => startProcess(database.url, join(folder, 'pipelines.json'))));
    await sleep(3_200);
    await Promise.all(processes.map((process) => end(process, 'SIGTERM')));
    await rm(folder, { recursive: true });
    const { items: runs } = await watcher.history.list('tick', { limit: 100, offset: 0 });
    expect(runs.length).toBeGreaterThanOrEqual(2);
    expect(new Set(runs.map(({ scheduled_at }) => scheduled_at)).size).toBe(runs.length);
    expect(runs.every(({ trigger, scheduled_at }) => trigger === 'schedule' && scheduled_at!.endsWith('.000Z'))).toBe(true);
    const done = runs.filter(({ status }) => status === 'succeeded').map(({ id }) => id);
    const effects = await watcher.query<{ run_id: string }>('SELECT run_id FROM effects');
    expect(effects.map(({ run_id }) => run_id).toSorted()).toEqual(done.toSorted());
    await watcher.close();
    await database.close();
  });
});
