import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Bookstore } from '../../bookstore/bookstore.js';
import { aStock } from '../../bookstore/stock.js';
import { aLabFolder, Lab, removeFolder } from '../fixtures/lab.js';
import { npmProgram } from './servers/npm-program.js';

const run = promisify(execFile);
const COLLECTION = join(import.meta.dirname, '../../examples/postman/books.postman_collection.json');

interface Report {
  readonly run: {
    readonly stats: Readonly<Record<'requests' | 'assertions', { readonly total: number; readonly failed: number }>>;
    readonly failures: readonly { readonly source?: { readonly name: string }; readonly error: { readonly message: string } }[];
    readonly executions: readonly { readonly item: { readonly name: string } }[];
  };
}

/** Names of all requests of the collection. */
function requestsIn({ item = [], name, request }: Folder): string[] {
  return request ? [name ?? ''] : item.flatMap(requestsIn);
}
interface Folder {
  readonly name?: string;
  readonly request?: unknown;
  readonly item?: readonly Folder[];
}

/** A client of the bookshop as people have it, against the built server and a shop that is really scraped. */
describe('the Postman collection', () => {
  let folder: string;
  let store: Bookstore;
  let lab: Lab;
  let report: Report['run'];

  beforeAll(async () => {
    const newman = await npmProgram('newman', '6.2.2', 'bin/newman.js');
    folder = await aLabFolder();
    store = await Bookstore.open(aStock(60));
    lab = await Lab.start(folder, { SCRAPER_BASE_URL: store.url, SCRAPER_RATE: '10000' });
    const file = join(folder, 'report.json');
    const reporters = ['--reporters', 'json', '--reporter-json-export', file];
    // Its exit code says that something failed, the report says what.
    await run(process.execPath, [newman, 'run', COLLECTION, '--env-var', `base_url=${lab.url}`, ...reporters]).catch(
      () => undefined,
    );
    ({ run: report } = JSON.parse(await readFile(file, 'utf8')) as Report);
  }, 300_000);
  afterAll(async () => {
    await lab?.stop();
    await store?.close();
    await removeFolder(folder);
  });

  it('is green from top to bottom', () => {
    expect(report.failures.map(({ source, error }) => `${source?.name}: ${error.message}`)).toEqual([]);
    expect(report.stats.assertions.total).toBeGreaterThan(60);
  });

  it('was run whole', async () => {
    const all = requestsIn(JSON.parse(await readFile(COLLECTION, 'utf8')) as Folder);
    expect(new Set(report.executions.map(({ item }) => item.name))).toEqual(new Set(all));
  });

  it('knows every route of the bookshop', async () => {
    const { body } = await lab.request('GET', '/docs-json');
    const documented = Object.entries<Readonly<Record<string, { readonly tags?: readonly string[] }>>>(body.paths).flatMap(
      ([path, methods]) =>
        Object.entries(methods)
          .filter(([, { tags }]) => tags?.includes('books'))
          .map(([method]) => `${method.toUpperCase()} ${path.replace(/\{\w+\}/g, '{{book_id}}')}`),
    );
    const text = JSON.stringify(JSON.parse(await readFile(COLLECTION, 'utf8')));
    const asked = [...text.matchAll(/"method":"(\w+)".*?"raw":"\{\{base_url\}\}([^"?]+)/g)].map(
      ([, method, path]) => `${method} ${path}`,
    );
    expect(documented.filter((route) => !asked.includes(route))).toEqual([]);
    expect(documented.length).toBeGreaterThan(15);
  });
});
