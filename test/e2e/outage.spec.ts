import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { aLabFolder, Lab, removeFolder } from '../fixtures/lab.js';
import { aWorkspace } from '../fixtures/workspace.js';

const PASSWORD = 'a-long-password';

/** Stops the embedded server in the middle of everything: open sessions end, nobody new is let in. @returns to let it go on */
async function freezeDatabase(folder: string): Promise<() => void> {
  const [pid] = (await readFile(join(folder, 'data/postgres/cluster/postmaster.pid'), 'utf8')).split('\n').map(Number);
  process.kill(pid, 'SIGSTOP');
  const children = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim().split(' ').map(Number);
  for (const child of children) {
    if ((await readFile(`/proc/${child}/cmdline`, 'utf8')).includes('127.0.0.1')) process.kill(child, 'SIGTERM');
  }
  return () => process.kill(pid, 'SIGCONT');
}

const linesOf = (printed: string): Record<string, unknown>[] =>
  printed.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as Record<string, unknown>] : []));

describe('a lab in production', () => {
  let folder: string;
  let lab: Lab;
  let token: string;

  beforeAll(async () => {
    folder = await aLabFolder();
    lab = await Lab.start(folder, {
      NODE_ENV: 'production',
      HOST: '127.0.0.1',
      LOG_LEVEL: 'debug',
      SHUTDOWN_DELAY_SECONDS: '0',
      WORKSPACE_DIR: await aWorkspace(folder),
      JWT_SECRET: 'a secret that is at least 32 bytes long',
      ADMIN_PASSWORD: PASSWORD,
    });
    token = await lab.login('admin', PASSWORD);
  });
  afterAll(async () => {
    await lab?.stop();
    await removeFolder(folder);
  });

  const call = (method: string, path: string, body?: unknown, headers = {}) =>
    lab.request(method, path, body, { authorization: `Bearer ${token}`, ...headers });

  it('says which request or run each line of its log belongs to', async () => {
    const { body } = await call('POST', '/api/v1/pipelines/houses/runs', {}, { 'x-request-id': 'asked' });
    while (!/succeeded after/.test(lab.printed)) await new Promise((wait) => setTimeout(wait, 50));
    const lines = linesOf(lab.printed);
    expect(lines.find(({ request_id }) => request_id === 'asked')?.msg).toMatch(/^POST \/api\/v1\/pipelines\/houses\/runs 202/);
    const ofRun = lines.filter(({ msg }) => /^houses[:/]/.test(String(msg)));
    expect(ofRun.length).toBeGreaterThan(4);
    expect(new Set(ofRun.map(({ run_id }) => run_id))).toEqual(new Set([body.id]));
  });

  it('says that its database is away, is alive meanwhile, and goes on when it is back', async () => {
    const thaw = await freezeDatabase(folder);
    const [health, ready, live] = await Promise.all(['', '/ready', '/live'].map((path) => lab.request('GET', `/health${path}`)));
    thaw();
    expect([health.status, ready.status, live.status]).toEqual([503, 503, 200]);
    expect(health.body).toMatchObject({
      status: 'unhealthy',
      parts: { database: { status: 'unhealthy' }, sql: { status: 'healthy' }, lake: { status: 'healthy' } },
    });
    while ((await lab.request('GET', '/health')).status !== 200) await new Promise((wait) => setTimeout(wait, 100));
    expect((await call('GET', '/api/v1/pipelines')).status).toBe(200);
  });
});
