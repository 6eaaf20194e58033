import { type AddressInfo, createServer } from 'node:net';
import { aLabFolder, Lab, removeFolder } from '../fixtures/lab.js';
import { aWorkspace } from '../fixtures/workspace.js';

const MODEL = '/*---\nname: gold.odd\ndescription: Odd\n---*/\n';

/** What keeps the process from starting is told in one sentence, and leaves no database server behind. */
describe('a start that cannot be', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await aLabFolder();
  });
  afterEach(() => removeFolder(folder));

  const startWith = async (files: Readonly<Record<string, string | undefined>>, environment: Record<string, string> = {}) =>
    Lab.startAndEnd(folder, { WORKSPACE_DIR: await aWorkspace(folder, files), ...environment });

  it.each([
    [
      'SQL that does not parse',
      { 'transforms/gold/odd.sql': `${MODEL}select 1 as one\nfrom from\n` },
      [/transforms\/gold\/odd\.sql:6: .*syntax error/],
    ],
    [
      'everything that is wrong with the pipelines',
      {
        'pipelines/task.yaml': 'name: task\ndescription: Odd\ntasks:\n  a: { uses: etl.lode }\n',
        'pipelines/option.yaml': 'name: option\ndescription: Odd\ntasks:\n  a: { uses: etl.load, with: { sauce: x } }\n',
        'pipelines/need.yaml': 'name: need\ndescription: Odd\ntasks:\n  a: { uses: medallion.build, needs: [b] }\n',
        'pipelines/circle.yaml':
          'name: circle\ndescription: Odd\ntasks:\n  a: { uses: medallion.build, needs: [b] }\n  b: { uses: medallion.build, needs: [a] }\n',
      },
      [/task\.yaml:4: .*etl\.lode/, /option\.yaml:4: .*sauce/, /need\.yaml:4: /, /circle\.yaml:\d+: /],
    ],
  ])('names file and line of %s', async (_what, files, sentences) => {
    const { code, output } = await startWith(files);
    for (const sentence of sentences) expect(output).toMatch(sentence);
    expect(output).not.toMatch(/\n\s+at .*\.js:/);
    expect(code).toBe(1);
  });

  it('names every setting that is wrong', async () => {
    const { code, output } = await startWith({}, { LOG_LEVEL: 'loud', SQL_THREADS: 'many' });
    expect(output).toMatch(/LOG_LEVEL: [\s\S]*SQL_THREADS: /);
    expect(code).toBe(1);
  });

  it('wants secrets in production', async () => {
    const { code, output } = await startWith({}, { NODE_ENV: 'production' });
    expect(output).toMatch(/JWT_SECRET: required[\s\S]*ADMIN_PASSWORD: required/);
    expect(code).toBe(1);
  });

  it('says which port is taken', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const { code, output } = await startWith({}, { PORT: String(port) });
    server.close();
    expect(output).toContain(`Port ${port} on 127.0.0.1 is taken`);
    expect(code).toBe(1);
  });

  it('says which process has the data folder', async () => {
    const workspace = await aWorkspace(folder);
    const first = await Lab.start(folder, { WORKSPACE_DIR: workspace });
    const { code, output } = await Lab.startAndEnd(folder, { WORKSPACE_DIR: workspace });
    expect(output).toContain(String(first.pid));
    expect(code).toBe(1);
    expect((await first.request('GET', '/health')).status).toBe(200);
    await first.stop();
  });
});
