import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { aLabFolder, Lab, removeFolder } from '../fixtures/lab.js';
import { aWorkspace } from '../fixtures/workspace.js';

const CLI = join(import.meta.dirname, '../../dist/src/cli/main.js');

const FILES = {
  'transforms/silver/houses.sql': undefined,
  'transforms/gold/house_training.sql': undefined,
  'pipelines/houses.yaml': undefined,
  'seeds/sales.csv': 'day,amount\n2001-01-01,10\n2001-01-01,5\n2001-01-03,7\n',
  'transforms/silver/sales.sql': `/*---
name: silver.sales
description: What was sold
kind: seed
csv: { path: seeds/sales.csv, columns: { day: DATE, amount: INTEGER } }
---*/
`,
  'transforms/gold/days.sql': `/*---
name: gold.days
description: Sales by day
kind: incremental_by_time
time: day
intervals: { every: day, start: 2001-01-01, end: 2001-01-04, lookback: 1 }
---*/
select day, sum(amount) as amount from silver.sales where day >= @start and day < @end group by day
`,
  'tests/days.yaml': `model: gold.days
tests:
  - name: adds up a day
    interval: { start: 2001-01-01, end: 2001-01-02 }
    given:
      silver.sales:
        types: { day: DATE }
        rows: [{ day: 2001-01-01, amount: 1 }, { day: 2001-01-01, amount: 2 }, { day: 2001-01-02, amount: 4 }]
    expect: [{ day: 2001-01-01, amount: 3 }]
`,
};

/** SQL models from a plan to their tables, over HTTP and from the command line. */
describe('SQL models', () => {
  let folder: string;
  let workspace: string;
  let lab: Lab;
  beforeAll(async () => {
    folder = await aLabFolder();
    await mkdir(join(folder, 'workspace'));
    workspace = await aWorkspace(folder, FILES);
    lab = await Lab.start(folder, { WORKSPACE_DIR: workspace });
  });
  afterAll(async () => {
    await lab.stop();
    await removeFolder(folder);
  });

  const cli = async (...args: string[]): Promise<{ code: number; out: string; said: string }> => {
    const env = { PATH: process.env.PATH, LAB_URL: lab.url };
    try {
      const { stdout, stderr } = await promisify(execFile)(process.execPath, [CLI, ...args], { cwd: folder, env });
      return { code: 0, out: stdout, said: stderr };
    } catch (error) {
      const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
      return { code, out: stdout, said: stderr };
    }
  };
  const planned = async () =>
    (await lab.call('GET', '/api/v1/transforms/plan')).body.models.map((model: { name: string; action: string }) => [
      ...[model.name, model.action],
    ]);

  it('say before a build what it will do, and have done it afterwards', async () => {
    expect(await planned()).toEqual([
      ['silver.sales', 'add'],
      ['gold.days', 'add'],
    ]);
    expect((await lab.call('GET', '/api/v1/datasets')).body.total).toBe(0);
    const { status, body } = await lab.call('POST', '/api/v1/transforms/build', {});
    expect(status).toBe(202);
    const { result } = await lab.until(body.href, (job) => job.status === 'succeeded' || job.status === 'failed');
    expect(result.models).toMatchObject([
      { name: 'silver.sales', rows: 3 },
      { name: 'gold.days', rows: 2, intervals: 3 },
    ]);
    expect(await planned()).toEqual([
      ['silver.sales', 'keep'],
      ['gold.days', 'keep'],
    ]);
    expect((await lab.call('GET', '/api/v1/transforms/gold.days')).body).toMatchObject({
      version: 2,
      intervals: [{ start: '2001-01-01T00:00:00.000Z', end: '2001-01-04T00:00:00.000Z' }],
    });
  });

  it('are planned, tested and built from the command line, as they stand in the workspace now', async () => {
    await writeFile(join(workspace, 'seeds/sales.csv'), `${FILES['seeds/sales.csv']}2001-01-03,1\n`);
    expect((await cli('plan')).out).toMatch(/gold\.days +incremental_by_time +update +1 +silver\.sales \(3\)/);
    expect(await cli('test')).toMatchObject({ code: 0, out: expect.stringContaining('1 passed, 0 failed.') as string });
    expect((await cli('build')).out).toMatch(/gold\.days +built +3 +1 +1/);
    const { rows } = (await lab.call('GET', '/api/v1/datasets/gold.days/preview')).body;
    expect(rows.map((row: { amount: unknown }) => Number(row.amount)).sort()).toEqual([15, 8]);
  });

  it('say with file and line what is wrong with them, and stay as they were', async () => {
    const model = FILES['transforms/gold/days.sql'].replace('@end', '@finish');
    await writeFile(join(workspace, 'transforms/gold/days.sql'), model);
    expect(await cli('plan')).toMatchObject({
      code: 1,
      said: expect.stringContaining('days.sql:8: there is no @finish') as string,
    });
    expect((await lab.call('POST', '/api/v1/transforms/build', {})).status).toBe(422);
    expect((await lab.call('GET', '/health')).status).toBe(200);
    await writeFile(join(workspace, 'transforms/gold/days.sql'), FILES['transforms/gold/days.sql']);
    expect((await lab.call('POST', '/api/v1/transforms/plan', { models: ['gold.nights'] })).status).toBe(404);
    expect(await cli('bild')).toMatchObject({ code: 2 });
  });
});
