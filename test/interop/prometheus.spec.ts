import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Bookstore } from '../../bookstore/bookstore.js';
import { aStock } from '../../bookstore/stock.js';
import { freePort } from '../fixtures/free-port.js';
import { aLabFolder, Lab, removeFolder } from '../fixtures/lab.js';
import { aWorkspace, BOOKSHOP_FILES, shippedFiles } from '../fixtures/workspace.js';
import { debianProgram } from './servers/debian-package.js';

const run = promisify(execFile);
const DEPLOY = join(import.meta.dirname, '../../deploy');

interface Dashboard {
  readonly panels: readonly { readonly title: string; readonly targets?: readonly { readonly expr: string }[] }[];
}

let prometheus: string;
let promtool: string;
let config: string;
beforeAll(async () => {
  prometheus = await debianProgram('/usr/bin/prometheus', 'prometheus');
  promtool = await debianProgram('/usr/bin/promtool', 'prometheus');
  config = await mkdtemp(join(tmpdir(), 'lab-prometheus-'));
  await cp(join(DEPLOY, 'prometheus'), config, { recursive: true });
  await writeFile(join(config, 'lab-token'), 'a token');
}, 300_000);
afterAll(() => rm(config, { recursive: true, force: true }));

describe('promtool accepts', () => {
  it.each([
    ['the configuration', ['check', 'config', 'prometheus.yml']],
    ['the alert rules', ['check', 'rules', 'alerts.yml']],
    ['what the alerts do', ['test', 'rules', 'alerts.test.yml']],
  ])('%s', async (_what, args) => {
    const { stdout } = await run(promtool, args, { cwd: config });
    expect(stdout).toContain('SUCCESS');
  });
});

it('every alert has a runbook and a test', async () => {
  const { stdout } = await run(promtool, ['check', 'rules', 'alerts.yml'], { cwd: config });
  const text = await readFile(join(config, 'alerts.yml'), 'utf8');
  const alerts = [...text.matchAll(/- alert: (\w+)/g)].map(([, name]) => name);
  const tests = await readFile(join(config, 'alerts.test.yml'), 'utf8');
  expect(alerts.filter((name) => !tests.includes(`alertname: ${name}\n        exp_alerts:`))).toEqual([]);
  expect(stdout).toContain(`${alerts.length} rules found`);
  expect(text.match(/runbook: '/g)).toHaveLength(alerts.length);
});

/** A Prometheus with the configuration of deploy/, which scrapes the given process every second. */
async function startPrometheus(target: string, token: string): Promise<{ url: string; child: ChildProcess }> {
  const text = await readFile(join(config, 'prometheus.yml'), 'utf8');
  const own = text.replace("'lab:3000'", `'${target}'`).replaceAll('15s', '1s');
  await writeFile(join(config, 'own.yml'), own);
  await writeFile(join(config, 'lab-token'), token);
  const port = await freePort();
  const child = spawn(
    prometheus,
    [
      ...[`--config.file=${join(config, 'own.yml')}`, `--storage.tsdb.path=${join(config, 'data')}`],
      ...[`--web.listen-address=127.0.0.1:${port}`, '--log.level=error'],
    ],
    { stdio: 'ignore' },
  );
  return { url: `http://127.0.0.1:${port}`, child };
}

describe('on a Prometheus that scrapes the running process', () => {
  let folder: string;
  let store: Bookstore;
  let lab: Lab;
  let server: Awaited<ReturnType<typeof startPrometheus>>;
  let key: string;

  beforeAll(async () => {
    folder = await aLabFolder();
    store = await Bookstore.open(aStock(30));
    lab = await Lab.start(folder, {
      ...{ WORKSPACE_DIR: await aWorkspace(folder, shippedFiles(...BOOKSHOP_FILES)), METRICS_PUBLIC: 'off' },
      ...{ SCRAPER_BASE_URL: store.url, SCRAPER_RATE: '10000' },
    });
    const made = await lab.call('POST', '/api/v1/api-keys', { name: 'prometheus', role: 'viewer' });
    key = made.body.key;
    server = await startPrometheus(new URL(lab.url).host, key);
    // The pipeline of houses builds every model, also those that need what was scraped.
    for (const pipeline of ['books', 'houses']) {
      const { body } = await lab.call('POST', `/api/v1/pipelines/${pipeline}/runs`, {});
      await lab.until(body.href, ({ status }) => status === 'succeeded');
    }
  });
  afterAll(async () => {
    if (server?.child.kill()) await once(server.child, 'exit');
    await lab?.stop();
    await store?.close();
    await removeFolder(folder);
  });

  const series = async (expression: string): Promise<number> => {
    const query = new URLSearchParams({ query: expression.replaceAll('$__rate_interval', '30s') });
    const response = await fetch(`${server.url}/api/v1/query?${query.toString()}`).catch(() => undefined);
    const answer = (await response?.json()) as { status: string; error?: string; data: { result: unknown[] } } | undefined;
    if (answer?.status === 'error') throw new Error(`${expression}: ${answer.error}`);
    return answer?.data.result.length ?? 0;
  };

  /** What people do in a lab, some of it in vain. */
  const work = async (): Promise<void> => {
    await lab.login();
    await lab.request('POST', '/api/v1/auth/login', { username: 'nobody', password: 'a-wrong-one' });
    await lab.call('POST', '/predict', { records: [{ area: 100, town: 'Porto' }] });
    await lab.call('POST', '/api/v1/pipelines/houses/runs', {});
    await lab.call('GET', '/models/castle');
    await lab.call('GET', '/api/v1/books/1');
    await lab.call('POST', '/api/v1/datasets/silver.houses/optimize', {});
  };

  it('wants a token for the metrics, and takes the key of a viewer', async () => {
    expect((await lab.request('GET', '/metrics')).status).toBe(401);
    expect((await lab.request('GET', '/metrics', undefined, { authorization: `Bearer ${key}` })).status).toBe(200);
  });

  it('every query of the dashboard returns a series', async () => {
    const { panels } = JSON.parse(await readFile(join(DEPLOY, 'grafana/dashboards/dataflow-lab.json'), 'utf8')) as Dashboard;
    const queries = panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => [title, expr] as const));
    expect(queries.length).toBeGreaterThan(15);
    const end = Date.now() + 100_000;
    for (;;) {
      await work();
      const found = await Promise.all(queries.map(async ([title, expr]) => [title, await series(expr)] as const));
      const empty = found.filter(([, count]) => count === 0).map(([title]) => title);
      if (empty.length === 0) break;
      if (Date.now() > end) expect(empty).toEqual([]);
      await new Promise((wait) => setTimeout(wait, 1000));
    }
  }, 180_000);

  it('the data source of Grafana has the name by which the dashboard knows it', async () => {
    const source = await readFile(join(DEPLOY, 'grafana/provisioning/datasources/prometheus.yaml'), 'utf8');
    const dashboard = await readFile(join(DEPLOY, 'grafana/dashboards/dataflow-lab.json'), 'utf8');
    const [, uid] = /uid: (\S+)/.exec(source) ?? [];
    expect(new Set(dashboard.match(/"uid": "prometheus"/g))).toEqual(new Set([`"uid": "${uid}"`]));
  });
});
