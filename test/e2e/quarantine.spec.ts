import { aLabFolder, type Answer, Lab, removeFolder } from '../fixtures/lab.js';
import { aWorkspace } from '../fixtures/workspace.js';

const MODEL = `/*---
name: silver.houses
description: Houses, each once, with an area
keys: [id]
expectations:
  - between: { column: area, min: 1 }
    on_fail: quarantine
  - unique: id
---*/
select distinct id, area, town, price from bronze.houses
`;
const isOver = ({ status }: Answer['body']): boolean => ['succeeded', 'failed', 'cancelled', 'skipped'].includes(status);

describe('a row in quarantine', () => {
  let folder: string;
  let lab: Lab;

  const build = async (): Promise<void> => {
    const { body } = await lab.call('POST', '/api/v1/pipelines/houses/runs', {});
    const run = await lab.until(body.href, isOver);
    if (run.status !== 'succeeded') throw new Error(JSON.stringify(run));
  };
  const replay = (rows: object[]) => lab.call('POST', '/api/v1/quarantine/replay', { rows });
  const waiting = async () => (await lab.call('GET', '/api/v1/quarantine?dataset=silver.houses')).body.items;

  beforeAll(async () => {
    folder = await aLabFolder();
    const pipeline =
      'name: houses\ndescription: x\ntasks:\n  load: { uses: etl.load, with: { source: houses } }\n  build: { uses: medallion.build, needs: [load] }\n';
    const files = { 'transforms/silver/houses.sql': MODEL, 'pipelines/houses.yaml': pipeline };
    lab = await Lab.start(folder, { WORKSPACE_DIR: await aWorkspace(folder, files) });
    await build();
  });
  afterAll(async () => {
    await lab?.stop();
    await removeFolder(folder);
  });

  it('is listed, mended, built into its table, and never goes back a second time', async () => {
    const [item] = await waiting();
    expect(item).toMatchObject({ rules: ['between(area)'], row: { id: 401, area: -5 }, run_id: expect.any(String) });
    const started = await replay([{ id: item.id, row: { ...item.row, area: 55 } }]);
    expect(started).toMatchObject({ status: 202, body: { href: expect.stringMatching(/^\/api\/v1\/jobs\//) } });
    expect(await lab.until(started.body.href, isOver)).toMatchObject({
      status: 'succeeded',
      result: { replayed: 1, rejected: 0 },
    });
    for (let time = 0; time < 2; time++) await build();
    const { body } = await lab.call('GET', '/api/v1/datasets/silver.houses');
    expect([body.rows, body.version, await waiting()]).toEqual([401, 1, []]);
    expect(await replay([{ id: item.id }])).toMatchObject({ status: 409, body: { code: 'ALREADY_REPLAYED' } });
    expect((await lab.call('GET', `/api/v1/quarantine/${item.id}`)).body).toMatchObject({
      status: 'replayed',
      row: { area: 55 },
    });
    const quality = await lab.call('GET', '/api/v1/datasets/silver.houses/quality?latest=true');
    expect(quality.body.items.map(({ status }: { status: string }) => status)).toEqual(['passed', 'passed']);
  });

  it('is refused with what is wrong', async () => {
    const id = '00000000-0000-4000-8000-000000000001';
    expect(await replay([{ id }])).toMatchObject({ status: 404, body: { code: 'QUARANTINED_ROW_NOT_FOUND' } });
    expect(await replay([{ id }, { id }])).toMatchObject({ status: 400 });
    expect(await lab.call('GET', '/api/v1/quarantine/nothing')).toMatchObject({ status: 404 });
  });
});
