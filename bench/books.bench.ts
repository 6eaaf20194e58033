import { chmod, copyFile, mkdtemp, rm } from 'node:fs/promises';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { Bookstore } from '../bookstore/bookstore.js';
import { aStock, type StockedBook } from '../bookstore/stock.js';
import { Random } from '../src/estimators/random.js';
import { PythonEnvironment } from '../test/interop/servers/python-environment.js';
import { LabProcess } from './lab-process.js';
import { type Bench, median, medianRatio, megabytes, type Row } from './row.js';
import { ServedProcess } from './served-process.js';
import { type Load, loadOf, type Requests, type Target } from './wrk.js';

const ROUNDS = 3;
const SECONDS = 8;
const BOOKS = 1000;
const ROOT = join(import.meta.dirname, '../..');
const PACKAGES = ['flask==3.1.3', 'pandas==3.1.1', 'numpy==2.4.6', 'gunicorn==27.0.1', 'flask-compress==1.25'];

const GZIP = { 'accept-encoding': 'gzip' };
const WORDS = ['lighthouse', 'fox', 'winter', 'Golden', 'caf', 'queen', 'tower', 'the+last', 'violin', 'storm'];
const SEARCHES = WORDS.map((word) => `/api/v1/books/search?title=${word}`);

interface Kind extends Requests {
  readonly what: string;
  readonly wanted?: string;
}

const KINDS: readonly Kind[] = [
  { what: 'all books, gzip', paths: ['/api/v1/books'], headers: GZIP, wanted: 'at least 25' },
  { what: 'all books, as they are', paths: ['/api/v1/books'] },
  { what: 'search, gzip', paths: SEARCHES, headers: GZIP, wanted: 'at least 40' },
  { what: 'search, as it is', paths: SEARCHES },
  { what: 'search that nobody did before, gzip', paths: SEARCHES.map((path) => `${path}&limit=#`), headers: GZIP },
];

interface Pair {
  readonly ours: Load;
  readonly peer: Load;
}

/** The catalogue under load, against Flask and pandas that read the same books from their CSV on each request. */
export const books: Bench = {
  name: 'books',
  async run(): Promise<Row[]> {
    const folder = await mkdtemp(join(tmpdir(), 'lab-bench-'));
    await chmod(folder, 0o755);
    const store = await Bookstore.open(withLongDescriptions(aStock(BOOKS)));
    const lab = await LabProcess.start(folder, {
      ...{ SAMPLES: 'off', OPEN_RATE_LIMIT: '100000000' },
      ...{ SCRAPER_BASE_URL: store.url, SCRAPER_RATE: '10000' },
    });
    let peer: ServedProcess | undefined;
    try {
      await lab.runPipeline('books');
      await store.close();
      peer = await flask(folder);
      await sameAnswers(lab, peer);
      return [...(await inTurns(lab, peer)), ...(await recommendations(lab))];
    } finally {
      await peer?.stop();
      await lab.stop();
      await rm(folder, { recursive: true, force: true });
    }
  },
};

async function flask(folder: string): Promise<ServedProcess> {
  const { python } = await PythonEnvironment.open('bench-books', PACKAGES);
  await copyFile(join(ROOT, 'bench/peers/books_flask.py'), join(folder, 'books_flask.py'));
  const serve = ['--workers', '2', '--bind', '127.0.0.1:0', '--no-control-socket', 'books_flask:app'];
  return ServedProcess.start(python, ['-B', '-m', 'gunicorn', ...serve], {
    cwd: folder,
    env: { BOOKS: join(folder, 'data/books.csv') },
  });
}

/** Those of the shop have few words: as many letters as on books.toscrape.com, and about as hard to compress. */
function withLongDescriptions(stock: readonly StockedBook[]): StockedBook[] {
  const random = new Random(1, 1);
  const word = (): string => Array.from({ length: 2 + random.below(7) }, () => 'etaoinshrdlucmfw'[random.below(16)]).join('');
  const vocabulary = Array.from({ length: 30_000 }, word);
  const words = (): string[] => Array.from({ length: 236 }, () => vocabulary[Math.floor(30_000 * random.fraction() ** 4)]);
  return stock.map((book) => ({ ...book, description: book.description && words().join(' ') }));
}

/** Not by `fetch`: it breaks on a server that ends the connection behind a long answer. */
const jsonAt = (url: string): Promise<unknown> =>
  new Promise((resolve, reject) => get(url, (answer) => resolve(json(answer))).once('error', reject));

/** @throws when one finds other books than the other */
async function sameAnswers(...servers: readonly { readonly url: string }[]): Promise<void> {
  for (const path of ['/api/v1/books', ...SEARCHES]) {
    const [ours, peers] = await Promise.all(
      servers.map(async ({ url }) => ((await jsonAt(`${url}${path}`)) as { id: number }[]).map(({ id }) => id)),
    );
    const same = ours.length > 0 && ours.toSorted().join() === peers.toSorted().join();
    if (!same) throw new Error(`${path} finds ${ours.length} books here and ${peers.length} there`);
  }
}

async function inTurns(lab: LabProcess, peer: ServedProcess): Promise<Row[]> {
  const rows: Row[] = [await sizeOf(lab)];
  for (const kind of KINDS) {
    const pairs: Pair[] = [];
    for (const target of [lab, peer]) await loadOf(target, kind, 2);
    for (let round = 0; round < ROUNDS; round++) {
      pairs.push({ ours: await loadOf(lab, kind, SECONDS), peer: await loadOf(peer, kind, SECONDS) });
    }
    rows.push(...rowsOf(kind, pairs));
  }
  return rows;
}

async function sizeOf({ url }: Target): Promise<Row> {
  const body = Buffer.from(await (await fetch(`${url}/api/v1/books`)).arrayBuffer());
  const kilobytes = (bytes: number): string => `${Math.round(bytes / 1000)} kB`;
  return { what: `books: the body of all ${BOOKS}`, ours: `${kilobytes(body.length)}, gzip ${kilobytes(gzipSync(body).length)}` };
}

function rowsOf({ what, wanted }: Kind, pairs: readonly Pair[]): Row[] {
  const row = (measure: string, of: (load: Load) => number, print: (value: number) => string): Row => {
    const [ours, peers] = [pairs.map(({ ours }) => of(ours)), pairs.map(({ peer }) => of(peer))];
    const ratio = medianRatio(ours, peers);
    return { what: `books: ${what}, ${measure}`, ours: print(median(ours)), peer: print(median(peers)), ratio };
  };
  return [
    {
      ...row(
        'requests',
        ({ perSecond }) => perSecond,
        (value) => `${Math.round(value)}/s`,
      ),
      wanted,
    },
    row(
      'p99',
      ({ p99 }) => p99,
      (value) => `${value.toFixed(1)} ms`,
    ),
    row(
      'CPU a request',
      ({ cpuPerRequest }) => cpuPerRequest,
      (value) => `${Math.round(value)} µs`,
    ),
    row('memory of all processes', ({ memory }) => memory, megabytes),
  ];
}

async function recommendations(lab: LabProcess): Promise<Row[]> {
  const paths = Array.from({ length: 100 }, (_, place) => `/api/v1/ml/recommendations/${place + 1}`);
  const first = await fetch(`${lab.url}${paths[0]}`);
  await first.arrayBuffer();
  if (!first.ok) return [{ what: 'books: recommendations', ours: `answered ${first.status}: not measured` }];
  const { perSecond, p99 } = await loadOf(lab, { paths, headers: GZIP }, SECONDS);
  return [{ what: 'books: recommendations, p99', ours: `${p99.toFixed(1)} ms at ${Math.round(perSecond)}/s` }];
}
