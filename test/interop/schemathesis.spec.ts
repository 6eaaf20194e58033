import { join } from 'node:path';
import { Bookstore } from '../../bookstore/bookstore.js';
import { aStock } from '../../bookstore/stock.js';
import { aLabFolder, Lab, removeFolder } from '../fixtures/lab.js';
import { aWorkspace, BOOKSHOP_FILES, shippedFiles } from '../fixtures/workspace.js';
import { PythonEnvironment } from './servers/python-environment.js';

const PACKAGES = ['schemathesis==4.32.5', 'hypothesis==6.170.15'];
const SCRIPT = join(import.meta.dirname, 'schemathesis', 'fuzz.py');
const FUZZER = { username: 'fuzzer', password: 'a-long-passphrase' };
/** By path: names of what the workspace and its first run have made. */
const KNOWN = {
  '/api/v1/datasets': { name: 'silver.houses' },
  '/api/v1/pipelines': { name: 'houses' },
  '/api/v1/sources': { name: 'houses' },
  '/models': { name: 'house_price', version: '1' },
  '/api/v1/topics': { name: 'readings' },
};
/** Answers to these end when their reader leaves, and this one waits for the end. */
const ENDLESS = ['/api/v1/topics/{name}/events'];

interface Findings {
  readonly complete: boolean;
  readonly operations: { readonly total: number; readonly tested: number; readonly errored: number };
  readonly cases: number;
  readonly failures: readonly (readonly [what: string, operations: readonly string[]])[];
  readonly errors: readonly unknown[];
  readonly printed: string;
}

const errorsOf = (log: string): string =>
  log
    .split('\n')
    .filter((line) => line.includes('ERROR'))
    .join('\n');

/** Every route of the OpenAPI document gets what it asks for and what it does not. */
describe('schemathesis finds no server error and nothing undocumented', () => {
  let python: PythonEnvironment;
  let folder: string;
  let store: Bookstore;
  let lab: Lab;

  beforeAll(async () => {
    python = await PythonEnvironment.open('schemathesis', PACKAGES);
    folder = await aLabFolder();
    store = await Bookstore.open(aStock(30));
    lab = await Lab.start(folder, {
      ...{ WORKSPACE_DIR: await aWorkspace(folder, shippedFiles(...BOOKSHOP_FILES)), OPEN_RATE_LIMIT: '0' },
      ...{
        SCRAPER_BASE_URL: store.url,
        SCRAPER_RATE: '10000',
        STREAM_DEMO: 'on',
        STREAM_RATE: '100',
        STREAM_TRAIN_SECONDS: '600',
      },
    });
    // Without models the questions to them are rightly answered 503, which would say nothing here.
    for (const pipeline of ['books', 'houses']) {
      const { body } = await lab.call('POST', `/api/v1/pipelines/${pipeline}/runs`, {});
      await lab.until(body.href, ({ status }) => status === 'succeeded');
    }
    await lab.until('/stream/trainer/status', ({ modelo_disponivel }) => modelo_disponivel);
    await lab.call('POST', '/api/v1/topics', { name: 'readings' });
    await lab.call('POST', '/api/v1/users', { ...FUZZER, role: 'admin' });
  }, 600_000);
  afterAll(async () => {
    await lab?.stop();
    await store?.close();
    await removeFolder(folder);
  });

  const fuzz = async (task: { token?: string; phases: readonly string[]; examples: number }): Promise<Findings> => {
    const findings = await python.run<Findings>(
      SCRIPT,
      JSON.stringify({ url: lab.url, ...FUZZER, known: KNOWN, endless: ENDLESS, seed: 42, ...task }),
    );
    if (findings.failures.length + findings.errors.length > 0) {
      throw new Error(findings.printed + errorsOf(lab.printed));
    }
    return findings;
  };
  const everyRoute = async (): Promise<number> => {
    const { body } = await lab.request('GET', '/docs-json');
    const paths = Object.entries<object>(body.paths).filter(([path]) => !ENDLESS.includes(path));
    return paths.flatMap(([, operations]) => Object.keys(operations)).length;
  };

  it('as an admin', async () => {
    const token = await lab.login(FUZZER.username, FUZZER.password);
    const findings = await fuzz({ token, phases: ['examples', 'coverage', 'fuzzing', 'stateful'], examples: 30 });
    expect(findings).toMatchObject({ complete: true, operations: { tested: await everyRoute() } });
    expect(findings.cases).toBeGreaterThan(1000);
    // It had its say to the end: nothing that it did has shut it out.
    expect((await lab.request('GET', '/api/v1/auth/me', undefined, { authorization: `Bearer ${token}` })).status).toBe(200);
  }, 420_000);

  it('as nobody', async () => {
    const findings = await fuzz({ phases: ['examples', 'coverage'], examples: 5 });
    expect(findings).toMatchObject({ complete: true, operations: { tested: await everyRoute() } });
  }, 240_000);
});
